import * as z from 'zod';
import { invalidParameter } from './ecr-error.ts';

/** As in DescribeRepositories, DescribeImages and ListImages (ECR API reference). */
export const pageFields = {
  nextToken: z.string().optional(),
  maxResults: z.int().min(1).max(1000).optional(),
};

export interface PageRequest {
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

/** In the order of their keys; the token is the last key of the page before, so that what comes or goes shifts nothing. */
export function pageOf<T>(
  all: readonly T[],
  keyOf: (item: T) => string,
  { nextToken = '', maxResults = 100 }: PageRequest,
): Page<T> {
  const after = Buffer.from(nextToken, 'base64').toString();
  if (Buffer.from(after).toString('base64') !== nextToken) throw invalidParameter('nextToken', 'is invalid');
  const rest = all.filter((item) => keyOf(item) > after).toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const items = rest.slice(0, maxResults);
  const last = rest.length > items.length ? items.at(-1) : undefined;
  return { items, ...(last !== undefined && { nextToken: Buffer.from(keyOf(last)).toString('base64') }) };
}
