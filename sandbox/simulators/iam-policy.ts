import * as z from 'zod';

/**
 * As much of IAM's policy language as these simulators decide with. What they do not know is refused when a document
 * is read, so that no condition is ever passed over in silence.
 *
 * Source: IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements reference".
 */

const oneOrMore = z.union([z.string().transform((one) => [one]), z.array(z.string())]);

const conditionOperators = ['StringEquals', 'StringLike', 'ArnEquals', 'ArnLike', 'Null', 'Bool'] as const;

const condition = z.partialRecord(z.enum(conditionOperators), z.record(z.string(), oneOrMore));

const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore,
  Resource: oneOrMore.optional(),
  Principal: z.union([z.literal('*').transform(() => ({ AWS: ['*'] })), z.strictObject({ AWS: oneOrMore })]).optional(),
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
  readonly context?: Readonly<Record<string, string>>;
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
    ({ Action, Condition = {} }) =>
      // Actions do not tell upper from lower case.
      Action.some((pattern) => matches(pattern.toLowerCase(), request.action.toLowerCase())) &&
      holds(Condition, request.context ?? {}),
  );
  if (applying.some(({ Effect }) => Effect === 'Deny')) {
    return 'explicit-deny';
  }
  return applying.length > 0 ? 'allow' : 'implicit-deny';
}

/** `*` stands for any characters, `?` for one. */
export function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

type Conditions = z.output<typeof condition>;

/** Every operator and every key must hold; of the values one is enough. A key without a value fulfils none but `Null`. */
function holds(conditions: Conditions, context: Readonly<Record<string, string>>): boolean {
  const values = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return conditionOperators.every((operator) =>
    Object.entries(conditions[operator] ?? {}).every(([key, wanted]) => {
      const value = values.get(key.toLowerCase());
      if (operator === 'Null') {
        return wanted.includes(String(value === undefined));
      }
      if (value === undefined) {
        return false;
      }
      const isPattern = operator !== 'StringEquals' && operator !== 'Bool';
      return wanted.some((one) => (isPattern ? matches(one, value) : one === value));
    }),
  );
}
