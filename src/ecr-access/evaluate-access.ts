import { isOurs } from './grant-statements.ts';
import { allOf, anyOf } from './match.ts';
import type { Match } from './match.ts';
import { matchCondition } from './match-condition.ts';
import type { KnownContext } from './match-condition.ts';
import { accountIdOf, matchPrincipal } from './match-principal.ts';
import type { AskedPrincipal } from './match-principal.ts';
import { matchAction, matchResource } from './match-statement.ts';
import type { PolicyDocument, PolicyStatement } from './policy-document.ts';

export interface AccessQuestion {
  readonly principal: AskedPrincipal;
  /** `ecr:BatchGetImage` */
  readonly action: string;
  /** ARN of the repository, or `*` for what is not about one: then the identity's own policies decide alone. */
  readonly resource: string;
  /** The repository's policy; absent: it has none. */
  readonly policy: PolicyDocument | undefined;
  /** All of the principal's own policies; absent: they cannot be seen. */
  readonly identityPolicies?: readonly PolicyDocument[] | undefined;
  /** What else is known of the request: `aws:PrincipalOrgID`, `aws:SourceArn`. */
  readonly context?: Readonly<Record<string, string>> | undefined;
}

export interface StatementPlace {
  readonly policy: 'repository' | 'identity';
  /** Which of the identity's policies. */
  readonly policyIndex?: number | undefined;
  /** In its policy, from 0. */
  readonly index: number;
  readonly sid?: string | undefined;
  readonly isOurs: boolean;
}

export interface Unjudged {
  /** Absent: of the identity's policies as a whole. */
  readonly statement?: StatementPlace | undefined;
  readonly what: 'identity-policies' | 'principal' | 'action' | 'resource' | 'condition' | 'effect';
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
    judge(question, statement, { policy: 'repository', index }),
  );
  const identity = (identityPolicies ?? []).flatMap(({ statements }, policyIndex) =>
    statements.map((statement, index) => judge(question, statement, { policy: 'identity', policyIndex, index })),
  );
  const all = [...repository, ...identity];
  const isUnseen = 'arn' in principal && identityPolicies === undefined;

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

interface Judged {
  readonly place: StatementPlace;
  readonly allow: Match;
  readonly deny: Match;
  /** It allows what the account's own policies allow as well. */
  readonly isForAccount: boolean;
  readonly unjudged: readonly Unjudged[];
}

function judge(
  question: AccessQuestion,
  statement: PolicyStatement,
  where: Pick<StatementPlace, 'policy' | 'policyIndex' | 'index'>,
): Judged {
  const { Sid: sid, Effect: effect, Condition: condition } = statement;
  const place = {
    ...where,
    ...(typeof sid === 'string' && { sid }),
    isOurs: where.policy === 'repository' && isOurs(statement),
  };
  const principal = where.policy === 'identity' ? 'direct' : matchPrincipal(statement, question.principal);
  const parts = {
    principal: principal === 'unknown' ? 'unknown' : principal === 'none' ? 'no' : 'yes',
    action: matchAction(statement, question.action),
    resource: matchResource(statement, question.resource),
    condition: matchCondition(condition, contextOf(question)),
    effect: effect === 'Allow' || effect === 'Deny' ? 'yes' : 'unknown',
  } as const satisfies Record<string, Match>;
  const match = allOf(Object.values(parts));
  const unknown = (Object.keys(parts) as (keyof typeof parts)[]).filter((part) => parts[part] === 'unknown');
  return {
    place,
    allow: effect === 'Deny' ? 'no' : match,
    deny: effect === 'Allow' ? 'no' : match,
    isForAccount: principal === 'account',
    unjudged: match === 'unknown' ? unknown.map((what) => ({ statement: place, what })) : [],
  };
}

/** What is known of each request: ECR is there over TLS only; an identity's ARN, and its account, which stands for many. */
function contextOf({ principal, context = {} }: AccessQuestion): KnownContext {
  const said = Object.entries(context).map(([key, value]) => [key.toLowerCase(), value] as const);
  const accountId = 'arn' in principal ? accountIdOf(principal.arn) : undefined;
  return {
    'aws:securetransport': 'true',
    ...('arn' in principal && !principal.arn.endsWith(':root') && { 'aws:principalarn': principal.arn }),
    ...(accountId !== undefined && { 'aws:principalaccount': accountId }),
    ...Object.fromEntries(said),
  };
}

type Sides = Pick<AccessQuestion, 'principal' | 'resource'> & {
  readonly byRepository: Match;
  readonly byIdentity: Match;
};

function combined(sides: Sides & { readonly repository: readonly Judged[] }): Match {
  const { principal, byRepository, byIdentity, repository } = sides;
  if ('service' in principal) return byRepository;
  if (isFromElsewhere(sides)) return allOf([byRepository, byIdentity]);
  const byName = anyOf(repository.filter(({ isForAccount }) => !isForAccount).map(({ allow }) => allow));
  return anyOf([byName, byIdentity]);
}

function isFromElsewhere({ principal, resource }: Pick<Sides, 'principal' | 'resource'>): boolean {
  return 'arn' in principal && resource !== '*' && accountIdOf(resource) !== accountIdOf(principal.arn);
}

function missingOf(sides: Sides): AccessVerdict['missing'] {
  const isNeededThere = 'service' in sides.principal || isFromElsewhere(sides);
  const isNeededHere = 'arn' in sides.principal;
  return [
    ...(isNeededThere && sides.byRepository === 'no' ? (['repository-policy'] as const) : []),
    ...(isNeededHere && sides.byIdentity === 'no' ? (['identity-policy'] as const) : []),
  ];
}

function verdictOf(denied: Match, isAllowed: Match): AccessVerdict['verdict'] {
  if (denied === 'yes' || isAllowed === 'no') return 'DENIED';
  return denied === 'unknown' || isAllowed === 'unknown' ? 'UNKNOWN' : 'ALLOWED';
}

function placesOf(judged: readonly Judged[]): readonly StatementPlace[] {
  return judged.map(({ place }) => place);
}
