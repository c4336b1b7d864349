import { judgeStatement } from './judge-statement.ts';
import type { AskedRequest, JudgedStatement, StatementPlace, Unjudged } from './judge-statement.ts';
import { allOf, anyOf } from './match.ts';
import type { Match } from './match.ts';
import { accountIdOf } from './match-principal.ts';
import type { PolicyDocument } from './policy-document.ts';

export interface AccessQuestion extends AskedRequest {
  /** The repository's policy; absent: it has none. */
  readonly policy: PolicyDocument | undefined;
  /** All of the principal's own policies; absent: they cannot be seen. */
  readonly identityPolicies?: readonly PolicyDocument[] | undefined;
}

export interface AccessVerdict {
  readonly verdict: 'ALLOWED' | 'DENIED' | 'UNKNOWN';
  /** The statements that deny; where none does, those that allow, also where they are not enough. */
  readonly decidedBy: readonly StatementPlace[];
  /** What another answer might depend on. */
  readonly unjudged: readonly Unjudged[];
  /** The sides that would have to allow it, and do not. */
  readonly missing: readonly ('repository-policy' | 'identity-policy')[];
}

/**
 * Whether the documents allow the action: a deny counts before all; in another account both sides must allow it, in the
 * repository's own one of them
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html). A service
 * has no policies of its own. Boundaries, session policies and those of an organization are not looked at: they can only
 * take away.
 */
export function evaluateAccess(question: AccessQuestion): AccessVerdict {
  const { principal, resource, policy, identityPolicies } = question;
  const repository = (policy?.statements ?? []).map((statement, index) =>
    judgeStatement(question, statement, { policy: 'repository', index }),
  );
  const identity = (identityPolicies ?? []).flatMap(({ statements }, policyIndex) =>
    statements.map((statement, index) =>
      judgeStatement(question, statement, { policy: 'identity', policyIndex, index }),
    ),
  );
  const all = [...repository, ...identity];
  const isUnseen = !('service' in principal) && identityPolicies === undefined;

  // What cannot be seen may hold a deny as well.
  const denied = anyOf([...all.map(({ deny }) => deny), isUnseen ? 'unknown' : 'no']);
  const byRepository = anyOf(repository.map(({ allow }) => allow));
  const byIdentity = isUnseen ? 'unknown' : anyOf(identity.map(({ allow }) => allow));
  const isAllowed = combined({ principal, resource, byRepository, byIdentity, repository });

  const verdict = verdictOf(denied, isAllowed);
  return {
    verdict,
    decidedBy: placesOf(all.filter(({ deny, allow }) => (denied === 'yes' ? deny : allow) === 'yes')),
    unjudged: [
      ...all.flatMap(({ unjudged }) => unjudged),
      ...(isUnseen ? [{ what: 'identity-policies' as const }] : []),
    ],
    missing:
      denied === 'yes' || isAllowed === 'yes' ? [] : missingOf({ principal, resource, byRepository, byIdentity }),
  };
}

type Sides = Pick<AccessQuestion, 'principal' | 'resource'> & {
  readonly byRepository: Match;
  readonly byIdentity: Match;
};

function combined(sides: Sides & { readonly repository: readonly JudgedStatement[] }): Match {
  const { principal, byRepository, byIdentity, repository } = sides;
  if ('service' in principal) return byRepository;
  if (isFromElsewhere(sides)) return allOf([byRepository, byIdentity]);
  const byName = anyOf(repository.filter(({ isForAccount }) => !isForAccount).map(({ allow }) => allow));
  return anyOf([byName, byIdentity]);
}

function isFromElsewhere({ principal, resource }: Pick<Sides, 'principal' | 'resource'>): boolean {
  if ('service' in principal || resource === '*') return false;
  return 'anyone' in principal || accountIdOf(resource) !== accountIdOf(principal.arn);
}

function missingOf(sides: Sides): AccessVerdict['missing'] {
  const isNeededThere = 'service' in sides.principal || isFromElsewhere(sides);
  const isNeededHere = !('service' in sides.principal);
  return [
    ...(isNeededThere && sides.byRepository === 'no' ? (['repository-policy'] as const) : []),
    ...(isNeededHere && sides.byIdentity === 'no' ? (['identity-policy'] as const) : []),
  ];
}

function verdictOf(denied: Match, isAllowed: Match): AccessVerdict['verdict'] {
  if (denied === 'yes' || isAllowed === 'no') return 'DENIED';
  return denied === 'unknown' || isAllowed === 'unknown' ? 'UNKNOWN' : 'ALLOWED';
}

function placesOf(judged: readonly JudgedStatement[]): readonly StatementPlace[] {
  return judged.map(({ place }) => place);
}
