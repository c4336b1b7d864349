import * as z from 'zod';
import { oneOrMore } from '../iam-policy.ts';
import { invalidParameter, invalidPolicy } from './ecr-error.ts';

/**
 * The form of a repository policy: what ECR takes, which is more than the simulator can decide with
 * (`ecr-access.ts`), since a document may hold the statements of other people.
 *
 * Source: ECR API reference, SetRepositoryPolicy; ECR user guide, "Private repository policies in Amazon ECR"; IAM user
 * guide, "Grammar of the IAM JSON policy language". ECR takes no `Resource` (awsdocs/amazon-ecr-user-guide#20,
 * aws/aws-cdk#3590) and no `ecr:GetAuthorizationToken` (cloudposse/terraform-aws-ecr#67), but any Sid
 * ("Add-staging-right" in hashicorp/terraform-provider-aws#19365, "new statement" in the user guide). Assumed: that it
 * holds to IAM's grammar in everything else, to the list of operators too, and takes actions of its own service only.
 */

const maxCharacters = 10_240;

const operator =
  /^(Null|(ForAllValues:|ForAnyValue:)?(String(Not)?(Equals|EqualsIgnoreCase|Like)|(Numeric|Date)((Not)?Equals|(LessThan|GreaterThan)(Equals)?)|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?)$/;

const list = oneOrMore.refine((all) => all.length > 0);
const scalar = z.union([z.string(), z.boolean(), z.number()]);
const conditionValues = z.union([scalar.transform((one) => [one]), z.array(scalar)]);

const principals = z.union([
  z.literal('*'),
  z
    .strictObject({ AWS: list.optional(), Service: list.optional(), Federated: list.optional() })
    .refine((types) => Object.keys(types).length > 0),
]);

const actions = list.refine((all) =>
  all.every((action) => /^(\*|ecr:[A-Za-z*?]+)$/i.test(action) && action.toLowerCase() !== 'ecr:getauthorizationtoken'),
);

/** In the order in which ECR shows them. */
const statement = z
  .strictObject({
    Sid: z.string().optional(),
    Effect: z.enum(['Allow', 'Deny']),
    Principal: principals.optional(),
    NotPrincipal: principals.optional(),
    Action: actions.optional(),
    NotAction: actions.optional(),
    Condition: z.record(z.string().regex(operator), z.record(z.string(), conditionValues)).optional(),
  })
  .refine((one) => (one.Principal === undefined) !== (one.NotPrincipal === undefined))
  .refine((one) => (one.Action === undefined) !== (one.NotAction === undefined))
  // "NotPrincipal must be used with "Effect":"Deny"" (IAM user guide, "NotPrincipal").
  .refine((one) => one.NotPrincipal === undefined || one.Effect === 'Deny');

const document = z
  .strictObject({
    Version: z.enum(['2008-10-17', '2012-10-17']).optional(),
    Id: z.string().optional(),
    Statement: z.union([statement.transform((one) => [one]), z.array(statement).min(1)]),
  })
  // "The Sid value must be unique within a JSON policy" (IAM user guide, "Sid").
  .refine(({ Statement }) => {
    const sids = Statement.flatMap(({ Sid }) => Sid ?? []);
    return new Set(sids).size === sids.length;
  });

/** A document, read: single values have become lists. */
export type RepositoryPolicy = z.output<typeof document>;
export type RepositoryStatement = RepositoryPolicy['Statement'][number];

export function readPolicyText(text: string): RepositoryPolicy {
  if (text.length > maxCharacters) {
    throw invalidParameter('policyText', `Member must have length less than or equal to ${maxCharacters}`);
  }
  const read = document.safeParse(parse(text));
  if (!read.success) throw invalidPolicy();
  return read.data;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidPolicy();
  }
}

/** The document with what stands in its `AWS` principals put another way. */
export function withPrincipals(
  policy: RepositoryPolicy,
  change: (principals: readonly string[]) => string[],
): RepositoryPolicy {
  const changed = (one: RepositoryStatement['Principal']) =>
    typeof one === 'object' && one.AWS ? { ...one, AWS: change(one.AWS) } : one;
  const statements = policy.Statement.map((one) => ({
    ...one,
    Principal: changed(one.Principal),
    NotPrincipal: changed(one.NotPrincipal),
  }));
  return { ...policy, Statement: statements };
}
