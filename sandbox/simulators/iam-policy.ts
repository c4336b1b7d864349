import * as z from 'zod';
import { condition, type ConditionContext, holds, matches } from './iam-conditions.ts';

/**
 * As much of IAM's policy language as these simulators decide with. What they do not know is refused when a document
 * is read, so that no condition is ever passed over in silence.
 *
 * Source: IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements reference".
 */

/** Policies write a list of one as the one. */
export const oneOrMore = z.union([z.string().transform((one) => [one]), z.array(z.string())]);

const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore,
  Resource: oneOrMore.optional(),
  Principal: z
    .union([
      z.literal('*').transform(() => ({ AWS: ['*'] })),
      z.strictObject({ AWS: oneOrMore.default([]), Service: oneOrMore.optional() }),
    ])
    .optional(),
  Condition: condition.optional(),
});

export const policyDocument = z.strictObject({
  Version: z.literal('2012-10-17'),
  Id: z.string().optional(),
  Statement: z.union([statement.transform((one) => [one]), z.array(statement)]),
});

/** A policy document, read: single values have become lists. */
export type PolicyDocument = z.output<typeof policyDocument>;
export type PolicyStatement = PolicyDocument['Statement'][number];

export interface AccessRequest {
  /** Such as `eks:DescribeCluster`. */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
  /** Values of condition keys, such as `sts:ExternalId`; absent ones are left out. */
  readonly context?: ConditionContext;
}

export type Decision = 'allow' | 'explicit-deny' | 'implicit-deny';

/** Decides with one identity-based or session policy. */
export function decide(document: PolicyDocument, request: AccessRequest): Decision {
  return decideAmong(
    document.Statement.filter(({ Resource = ['*'] }) => Resource.some((pattern) => matches(pattern, request.resource))),
    request,
  );
}

/** An explicit deny wins, then an allow, then nothing is allowed; the statements are those on the right resource. */
export function decideAmong(statements: readonly PolicyStatement[], request: AccessRequest): Decision {
  const applying = statements.filter(
    ({ Action, Condition = {} }) => namesAction(Action, request.action) && holds(Condition, request.context ?? {}),
  );
  if (applying.some(({ Effect }) => Effect === 'Deny')) {
    return 'explicit-deny';
  }
  return applying.length > 0 ? 'allow' : 'implicit-deny';
}

/** Actions do not tell upper from lower case. */
export function namesAction(patterns: readonly string[], action: string): boolean {
  return patterns.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase()));
}
