import * as z from 'zod';
import { shortText } from '../http/short-text.schema.ts';
import { deliveries } from './customer.ts';
import type { CustomerSpec } from './customer.ts';

const name = z
  .string()
  .regex(
    /^(?!.*\.[gG][iI][tT]$)[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?$/,
    'must be a name as the Git host writes it, without .git',
  );

/** A branch name that needs no quoting anywhere (a subset of `git check-ref-format`). */
const branch = z
  .string()
  .regex(
    /^(?!.*(?:\.\.|\/\/|\/\.|\.lock(?:\/|$)))[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,198}[A-Za-z0-9_-])?$/,
    'must be a plain branch name of 200 characters at the most, such as main',
  );

const host = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/, 'must be the name of a Git host');

const repository = z
  .strictObject({
    host: host.meta({ description: 'Name of a configured Git host.', examples: ['git.example'] }),
    owner: name.meta({ description: 'User or organization that the repository belongs to.', examples: ['acme'] }),
    name: name.meta({ description: 'Name of the repository, without `.git`.', examples: ['infrastructure'] }),
    branch: branch.meta({ description: 'Branch that the clusters follow.', examples: ['main'] }),
  })
  .meta({ description: "The customer's one infrastructure repository; no other customer can have it." });

export const customerSchema: z.ZodType<CustomerSpec> = z.strictObject({
  displayName: shortText(100).meta({ description: 'What people call the customer.', examples: ['Acme'] }),
  repository,
  delivery: z.enum(deliveries).optional().meta({
    description:
      'How changes reach the repository: `direct` commits to the branch; `auto` (default) does so where its rules allow it.',
  }),
});
