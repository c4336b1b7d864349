import * as z from 'zod';
import { documentedAs } from '../http/documented-as.ts';

export const deleteEcrGrantQuery = z.strictObject({
  abandon: z
    .enum(['true', 'false'])
    .optional()
    .meta({
      description: 'Forget it although its right stays somewhere.',
      override: documentedAs({ type: 'boolean', default: false }),
    }),
});
