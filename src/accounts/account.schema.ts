import * as z from 'zod';
import { shortText } from '../http/short-text.schema.ts';
import type { AccountSpec } from './account.ts';

export const accountSchema: z.ZodType<AccountSpec> = z.strictObject({
  alias: shortText(63).meta({ description: 'What people call the account.', examples: ['production'] }),
});
