import * as z from 'zod';
import { documentedAs } from '../http/documented-as.ts';
import { pageQuery } from '../http/paging.schema.ts';
import { eventTypes } from './event.ts';

const time = (description: string, example: string) =>
  z.iso
    .datetime({ offset: true, error: 'must be a time such as 2027-06-30T00:00:00Z' })
    .optional()
    .meta({ description, examples: [example], override: documentedAs({ type: 'string', format: 'date-time' }) });

export const eventListQuery = z.strictObject({
  type: z.enum(eventTypes).optional().meta({ description: 'Only of this type.' }),
  caller: z.string().min(1).max(2048).optional().meta({ description: 'Only by this caller (its ARN).' }),
  resource: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .meta({
      description: 'Only of this resource (its path).',
      examples: ['/v1/customers/acme/clusters/production'],
    }),
  since: time('Only at this time or later.', '2027-01-01T00:00:00Z'),
  until: time('Only at this time or earlier.', '2027-06-30T00:00:00Z'),
  ...pageQuery,
});
