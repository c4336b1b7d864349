import * as z from 'zod';
import { documentedAs } from '../http/documented-as.ts';

export const time = z.iso
  .datetime()
  .meta({ override: documentedAs({ type: 'string', format: 'date-time' }), examples: ['2027-01-01T00:00:00.000Z'] });
export const text = z.string();
