import { judgeStatement } from './judge-statement.ts';
import type { AskedRequest, JudgedStatement, PolicySide, StatementPlace, Unjudged } from './judge-statement.ts';
import { allOf, anyOf } from './match.ts';
import type { Match } from './match.ts';
import { accountIdOf } from './match-principal.ts';
import type { PolicyDocument } from './policy-document.ts';

export interface AccessQuestion extends AskedRequest {
  /** The repository's policy; absent: it has none. */
  readonly policy: PolicyDocument | 'unseen' | undefined;
  /** All of the principal's own policies; absent: they cannot be seen, nor can its boundary. */
  readonly identityPolicies?: readonly PolicyDocument[] | undefined;
  /** The role's permissions boundary; absent: it has none. */
  readonly boundary?: PolicyDocument | undefined;
}

/** What the policies of one side say by themselves. */
export interface SideVerdict {
  readonly allow: Match;
  readonly deny: Match;
}

export interface AccessVerdict {
  readonly verdict: 'ALLOWED' | 'DENIED' | 'UNKNOWN';
  /** The statements that deny; where none does, those that allow, also where they are not enough. */
  readonly decidedBy: readonly StatementPlace[];
  /** What another answer might depend on. */
  readonly unjudged: readonly Unjudged[];
  /** The sides that would have to allow it, and do not, whoever denies it beside that. */
  readonly missing: readonly ('repository-policy' | 'identity-policy' | 'permissions-boundary')[];
  readonly sides: Readonly<Record<PolicySide, SideVerdict>>;
}

/**
 * Whether the documents allow the action: a deny counts before all; in another account both sides must allow it, in the
 * repository's own one of them
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html); a role's
 * boundary must allow it in any case
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-eval-logic).
 * A service has no policies of its own. Session policies and those of an organization are not looked at: they can only
 * take away.
 */
export function evaluateAccess(asked: AccessQuestion): AccessVerdict {
  const { principal, resource, policy, identityPolicies, boundary } = asked;
  const question = { ...asked, isBounded: boundary !== undefined };
  const repository = judgedOf(question, policy === undefined || policy === 'unseen' ? [] : [policy], 'repository');
  const identity = judgedOf(question, identityPolicies ?? [], 'identity');
  const bounding = judgedOf(question, boundary ? [boundary] : [], 'boundary');
  const all = [...repository, ...identity, ...bounding];
  const isUnseen = !('service' in principal) && identityPolicies === undefined;

  // What cannot be seen may hold a deny as well.
  const sides = {
    repository: sideOf(repository, policy === 'unseen'),
    identity: sideOf(identity, isUnseen),
    boundary: boundary ? sideOf(bounding, false) : { allow: isUnseen ? 'unknown' : 'yes', deny: 'no' },
  } as const satisfies AccessVerdict['sides'];
  const denied = anyOf(Object.values(sides).map(({ deny }) => deny));
  const isAllowed = combined({ principal, resource, sides, policy, repository });

  return {
    verdict: verdictOf(denied, isAllowed),
    decidedBy: placesOf(all.filter(({ deny, allow }) => (denied === 'yes' ? deny : allow) === 'yes')),
    unjudged: [
      ...all.flatMap(({ unjudged }) => unjudged),
      ...(policy === 'unseen' ? [{ what: 'repository-policy' as const }] : []),
      ...(isUnseen ? [{ what: 'identity-policies' as const }] : []),
    ],
    missing: isAllowed === 'yes' ? [] : missingOf({ principal, resource, sides }),
    sides,
  };
}

function judgedOf(
  request: AskedRequest,
  policies: readonly PolicyDocument[],
  policy: PolicySide,
): readonly JudgedStatement[] {
  return policies.flatMap(({ statements }, policyIndex) =>
    statements.map((statement, index) =>
      judgeStatement(request, statement, { policy, ...(policy === 'identity' && { policyIndex }), index }),
    ),
  );
}

function sideOf(judged: readonly JudgedStatement[], isUnseen: boolean): SideVerdict {
  if (isUnseen) return { allow: 'unknown', deny: 'unknown' };
  return { allow: anyOf(judged.map(({ allow }) => allow)), deny: anyOf(judged.map(({ deny }) => deny)) };
}

type Sides = Pick<AccessQuestion, 'principal' | 'resource'> & Pick<AccessVerdict, 'sides'>;

function combined(
  asked: Sides & Pick<AccessQuestion, 'policy'> & { readonly repository: readonly JudgedStatement[] },
): Match {
  const { principal, sides, policy, repository } = asked;
  if ('service' in principal) return sides.repository.allow;
  const { allow: byIdentity } = sides.identity;
  if (isFromElsewhere(asked)) return allOf([sides.repository.allow, byIdentity, sides.boundary.allow]);
  const named = anyOf(repository.filter(({ isForAccount }) => !isForAccount).map(({ allow }) => allow));
  const byName = policy === 'unseen' ? 'unknown' : named;
  return allOf([anyOf([byName, byIdentity]), sides.boundary.allow]);
}

function isFromElsewhere({ principal, resource }: Pick<Sides, 'principal' | 'resource'>): boolean {
  if ('service' in principal || resource === '*') return false;
  return 'anyone' in principal || accountIdOf(resource) !== accountIdOf(principal.arn);
}

function missingOf(asked: Sides): AccessVerdict['missing'] {
  const { repository, identity, boundary } = asked.sides;
  const isNeededThere = 'service' in asked.principal || isFromElsewhere(asked);
  const isNeededHere = !('service' in asked.principal);
  return [
    ...(isNeededThere && repository.allow === 'no' ? (['repository-policy'] as const) : []),
    ...(isNeededHere && identity.allow === 'no' ? (['identity-policy'] as const) : []),
    ...(isNeededHere && boundary.allow === 'no' ? (['permissions-boundary'] as const) : []),
  ];
}

function verdictOf(denied: Match, isAllowed: Match): AccessVerdict['verdict'] {
  if (denied === 'yes' || isAllowed === 'no') return 'DENIED';
  return denied === 'unknown' || isAllowed === 'unknown' ? 'UNKNOWN' : 'ALLOWED';
}

function placesOf(judged: readonly JudgedStatement[]): readonly StatementPlace[] {
  return judged.map(({ place }) => place);
}
