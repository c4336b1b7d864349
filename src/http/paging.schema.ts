import * as z from 'zod';
import { documentedAs } from './documented-as.ts';
import { defaultPageSize, largestPage } from './paging.ts';

/** Query parameters of every list. */
export const pageQuery = {
  pageSize: z
    .string()
    .regex(/^[0-9]{1,6}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(largestPage))
    .optional()
    .meta({
      description: 'Items of a page at the most; a page may be shorter.',
      override: documentedAs({ type: 'integer', minimum: 1, maximum: largestPage, default: defaultPageSize }),
      examples: [20],
    }),
  pageToken: z.string().max(1000).optional().meta({
    description: '`nextPageToken` of the page before. It belongs to that list and its filters.',
  }),
};

/** Of a list without filters. */
export const pageQuerySchema = z.strictObject(pageQuery);
