import * as z from 'zod';
import { FleetError } from '../errors.ts';

/** Ids that stand in paths: what the path guard, folder names and DNS labels all take. */
const slugPattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** An id in a path; one that could not have been registered is an invalid request, not a missing resource. */
export function slugParameter(value: string, name: string): string {
  if (slugPattern.test(value)) return value;
  throw new FleetError(
    'invalid-request',
    `The ${name} id has 1 to 63 characters of a-z, 0-9 and -, and neither begins nor ends with -.`,
  );
}

const accountIdPattern = /^\d{12}$/;

export const accountIdSchema = z.string().regex(accountIdPattern, 'must be the 12 digits of an AWS account id');

export function accountIdParameter(value: string): string {
  if (accountIdPattern.test(value)) return value;
  throw new FleetError('invalid-request', 'The account id must be the 12 digits of an AWS account id.');
}
