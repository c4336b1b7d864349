import { AwsError } from '../aws-error.ts';
import type { AwsWorld, Caller } from '../aws-world.ts';
import { accountOf, accountRoot, refusalOf } from '../aws-world.ts';
import { condition, type ConditionContext, holds } from '../iam-conditions.ts';
import { type AccessRequest, decide, namesAction } from '../iam-policy.ts';
import { cannotDecide } from './ecr-error.ts';
import type { EcrRepository } from './ecr-repository.ts';
import type { RepositoryPolicy, RepositoryStatement } from './repository-policy.ts';

/**
 * Who may do what with a repository: in the repository's own account, whom either the caller's policies or the
 * repository's lets in; across accounts, whom both let in; nobody whom one of them denies it. A session policy and a
 * permissions boundary have to allow it in any case, which is stricter than IAM where the repository's policy names the
 * session itself.
 *
 * Source: IAM user guide, "Policy evaluation logic" and "Cross-account policy evaluation logic".
 */

export interface EcrRequest {
  /** Such as `ecr:BatchGetImage`. */
  readonly action: string;
  /** ARN, or `*` of what is about no repository. */
  readonly resource: string;
  /** Of the repository; it has none, or there is no repository. */
  readonly policy: RepositoryPolicy | undefined;
}

/** Throws what ECR answers to somebody who may not. */
export function authorise(world: AwsWorld, caller: Caller, { action, resource, policy }: EcrRequest): void {
  const isOwn = resource === '*' || accountOf(resource) === caller.accountId;
  const request = { action, resource, context: contextOf(world, caller) };
  if (applies(policy, request, { effect: 'Deny', names: (one) => namesCaller(one, caller, true) })) {
    throw accessDenied(caller, request, 'with an explicit deny in a resource-based policy');
  }
  // To its own identities an account's root gives nothing but leave for their own policies to give it.
  const isLetIn = () => applies(policy, request, { effect: 'Allow', names: (one) => namesCaller(one, caller, !isOwn) });
  const refusal = refusalOf(caller, request);
  if (refusal !== undefined) {
    const unrefused = caller.policies.filter(
      ({ kind, document }) => kind !== 'identity-based' || decide(document, request) !== 'implicit-deny',
    );
    const isOnlyUnmentioned = refusalOf({ ...caller, policies: unrefused }, request) === undefined;
    if (!isOwn || !isOnlyUnmentioned || !isLetIn()) throw new AwsError(400, 'AccessDeniedException', refusal);
  } else if (!isOwn && !isLetIn()) {
    throw accessDenied(caller, request, `because no resource-based policy allows the ${action} action`);
  }
}

const lambda = 'lambda.amazonaws.com';

/**
 * What Lambda lacks to make and to start a function from an image of the repository; nothing: it may. Lambda itself needs
 * both actions, and across accounts the function's account, too (Lambda developer guide, "Amazon ECR cross-account
 * permissions"); the repository has to be in the function's region (AWS Compute Blog, "Introducing cross-account Amazon ECR
 * access for AWS Lambda").
 */
export function missingForLambda(
  world: AwsWorld,
  { policy, accountId, region }: Pick<EcrRepository, 'policy' | 'accountId' | 'region'>,
  functionArn: string,
): readonly string[] {
  const functionAccount = accountOf(functionArn);
  const root = accountRoot(functionArn);
  const ofLambda: ConditionContext = {
    'aws:SourceArn': functionArn,
    'aws:SourceAccount': functionAccount,
    'aws:PrincipalIsAWSService': 'true',
    'aws:PrincipalServiceName': lambda,
  };
  const ofAccount = contextOf(world, { arn: root, accountId: functionAccount, userId: functionAccount });
  const isAllowed = (action: string, context: ConditionContext, names: (one: RepositoryStatement) => boolean) => {
    const request = { action, resource: '', context };
    const isDenied = applies(policy, request, { effect: 'Deny', names: (one) => one.Principal === '*' || names(one) });
    return !isDenied && applies(policy, request, { effect: 'Allow', names });
  };
  const isNear = functionArn.split(':')[3] === region;
  const rights = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'].flatMap((action) => [
    ...(isAllowed(action, ofLambda, (one) => listed(one, 'Service').includes(lambda))
      ? []
      : [`${action} of ${lambda}`]),
    ...(functionAccount === accountId || isAllowed(action, ofAccount, (one) => namesAny(one, ['*', root]))
      ? []
      : [`${action} of ${root}`]),
  ]);
  return [...(isNear ? [] : [`a function in ${region}`]), ...rights];
}

interface About {
  readonly effect: RepositoryStatement['Effect'];
  readonly names: (statement: RepositoryStatement) => boolean;
}

/** True if a statement of that effect holds; throws if that hangs on something that the simulator does not know. */
function applies(
  policy: RepositoryPolicy | undefined,
  { action, context }: AccessRequest,
  { effect, names }: About,
): boolean {
  let undecided: string | undefined;
  for (const one of policy?.Statement ?? []) {
    if (one.Effect !== effect || (one.Action && !namesAction(one.Action, action))) continue;
    if (one.Principal && !names(one)) continue;
    const unknown = whatIsUnknown(one);
    if (unknown !== undefined) undecided = unknown;
    else if (holds(condition.parse(one.Condition ?? {}), context ?? {})) return true;
  }
  if (undecided !== undefined) throw cannotDecide(undecided);
  return false;
}

const knownKeys: ReadonlySet<string> = new Set(
  [
    ...['aws:PrincipalArn', 'aws:PrincipalAccount', 'aws:PrincipalOrgID', 'aws:userid', 'aws:PrincipalIsAWSService'],
    ...['aws:PrincipalServiceName', 'aws:SourceArn', 'aws:SourceAccount'],
  ].map((key) => key.toLowerCase()),
);

function whatIsUnknown({ NotPrincipal, NotAction, Condition = {} }: RepositoryStatement): string | undefined {
  if (NotPrincipal !== undefined) return 'NotPrincipal';
  if (NotAction !== undefined) return 'NotAction';
  const operator = Object.keys(Condition).find((name) => !condition.safeParse({ [name]: {} }).success);
  const keys = Object.values(Condition).flatMap((values) => Object.keys(values));
  const key = keys.find((name) => !knownKeys.has(name.toLowerCase()));
  if (operator === undefined && key === undefined) return undefined;
  return operator === undefined ? `the condition key ${key}` : `the condition operator ${operator}`;
}

function namesCaller(statement: RepositoryStatement, caller: Caller, isByAccountToo: boolean): boolean {
  const [principalId = ''] = caller.userId.split(':');
  return namesAny(statement, ['*', caller.arn, principalId, ...(isByAccountToo ? [accountRoot(caller.arn)] : [])]);
}

function namesAny(statement: RepositoryStatement, names: readonly string[]): boolean {
  return statement.Principal === '*' || listed(statement, 'AWS').some((one) => names.includes(one));
}

function listed({ Principal }: RepositoryStatement, type: 'AWS' | 'Service'): readonly string[] {
  return typeof Principal === 'object' ? (Principal[type] ?? []) : [];
}

/** IAM user guide, "AWS global condition context keys". */
function contextOf(
  world: AwsWorld,
  caller: Pick<Caller, 'arn' | 'accountId' | 'userId' | 'roleArn'>,
): ConditionContext {
  const organizationId = world.accounts.get(caller.accountId)?.organizationId;
  return {
    'aws:PrincipalArn': caller.roleArn ?? caller.arn,
    'aws:PrincipalAccount': caller.accountId,
    ...(organizationId !== undefined && { 'aws:PrincipalOrgID': organizationId }),
    'aws:userid': caller.userId,
    'aws:PrincipalIsAWSService': 'false',
  };
}

function accessDenied(caller: Caller, { action, resource }: AccessRequest, cause: string): AwsError {
  const message = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${cause}`;
  return new AwsError(400, 'AccessDeniedException', message);
}
