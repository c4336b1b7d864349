import { accountIdOf } from './match-principal.ts';
import { requestsOf } from './asked-by-grant.ts';
import type { EcrGrantSpec } from './ecr-grant.ts';
import { evaluateAccess } from './evaluate-access.ts';
import type { AccessQuestion, AccessVerdict } from './evaluate-access.ts';
import { accountRootArn, rightActions } from './grant-statements.ts';
import { repositoryArn } from './identity-policy.ts';
import type { AskedPrincipal } from './match-principal.ts';
import { readPolicyDocument } from './policy-document.ts';
import type { PolicyDocument } from './policy-document.ts';
import { neededToPull, neededToPush } from './who-has-access.ts';
import { partitionOf } from '../accounts/account.ts';

export interface NamedDocument {
  readonly name: string;
  readonly document: PolicyDocument;
}

/** The principal's own side, as far as it can be seen. */
export type PrincipalSide =
  | {
      readonly kind: 'seen';
      readonly policies: readonly NamedDocument[];
      readonly boundary?: NamedDocument | undefined;
    }
  /** There is no such role: nobody can be it. */
  | { readonly kind: 'gone'; readonly detail: string }
  | { readonly kind: 'unseen'; readonly detail: string }
  /** It needs no policies of its own. */
  | { readonly kind: 'none'; readonly detail: string };

/** One action for one principal, and what the documents say of it. */
export interface AnsweredRequest {
  readonly principal: AskedPrincipal;
  readonly action: string;
  /** Nobody can pull, or push, without it. */
  readonly isNeeded: boolean;
  readonly answer: AccessVerdict;
}

export type GrantedAccess = Pick<EcrGrantSpec, 'registry' | 'principal' | 'access'>;

/** Everything is left to the account: only the repository's policy counts. */
const leftToTheAccount: PolicyDocument = {
  fields: {},
  statements: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};

/** What the grant is for, action by action. */
export function answerRequests(
  spec: GrantedAccess,
  {
    repository,
    policy,
    side,
  }: {
    readonly repository: string;
    readonly policy: AccessQuestion['policy'];
    readonly side: PrincipalSide;
  },
): readonly AnsweredRequest[] {
  const resource = repositoryArn(spec.registry, repository);
  const needed: readonly string[] = spec.access === 'push' ? neededToPush : neededToPull;
  const own = requestsOf(spec).map((request) => ({ ...request, ...policiesOf(side) }));
  return [...own, ...accountOfFunctions(spec)].map((request) => ({
    ...{ principal: request.principal, action: request.action, isNeeded: needed.includes(request.action) },
    answer: evaluateAccess({ ...request, resource, policy }),
  }));
}

/** What a client signs in with; nothing of ECR is open to one who cannot. Lambda needs none. */
export function answerToken(spec: GrantedAccess, side: PrincipalSide): AccessVerdict | undefined {
  const [asked] = requestsOf(spec);
  if (asked === undefined || 'service' in asked.principal) return undefined;
  const { principal, context } = asked;
  const token = { action: 'ecr:GetAuthorizationToken', resource: '*', policy: undefined };
  return evaluateAccess({ principal, context, ...token, ...policiesOf(side) });
}

/**
 * Functions of another account need that the repository lets their account in as well
 * (https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions).
 */
function accountOfFunctions({
  registry,
  principal,
}: GrantedAccess): readonly Omit<AccessQuestion, 'resource' | 'policy'>[] {
  if (principal.type !== 'lambda' || principal.accountId === registry.accountId) return [];
  const account = { arn: accountRootArn(partitionOf(registry.region), principal.accountId) };
  return rightActions.lambda.map((action) => ({ principal: account, action, identityPolicies: [leftToTheAccount] }));
}

function policiesOf(side: PrincipalSide): Pick<AccessQuestion, 'identityPolicies' | 'boundary'> {
  switch (side.kind) {
    case 'seen':
      return { identityPolicies: side.policies.map(({ document }) => document), boundary: side.boundary?.document };
    case 'gone':
      return { identityPolicies: [] };
    case 'unseen':
    case 'none':
      return {};
  }
}

/** Documents of a role, read; one that is no policy makes the whole unknown. */
export function principalSideOf({
  policies,
  boundary,
}: {
  readonly policies: readonly { readonly name: string; readonly text: string }[];
  readonly boundary?: { readonly name: string; readonly text: string } | undefined;
}): PrincipalSide {
  const read: NamedDocument[] = [];
  for (const { name, text } of boundary ? [...policies, boundary] : policies) {
    const document = readPolicyDocument(text);
    if (document.kind === 'unreadable') return { kind: 'unseen', detail: `${name}: ${document.detail}` };
    read.push({ name, document: document.document });
  }
  return boundary
    ? { kind: 'seen', policies: read.slice(0, -1), boundary: read.at(-1) }
    : { kind: 'seen', policies: read };
}

/** For people. */
export function principalName(principal: AskedPrincipal): string {
  if ('service' in principal) return principal.service;
  if ('anyone' in principal) return 'the organization';
  return principal.arn.endsWith(':root') ? `account ${accountIdOf(principal.arn)}` : principal.arn;
}
