import { isOurs } from './grant-statements.ts';
import { allOf } from './match.ts';
import type { Match } from './match.ts';
import { matchCondition } from './match-condition.ts';
import type { KnownContext } from './match-condition.ts';
import { accountIdOf, matchPrincipal } from './match-principal.ts';
import type { AskedPrincipal, PrincipalMatch } from './match-principal.ts';
import { matchAction, matchResource } from './match-statement.ts';
import type { PolicyStatement } from './policy-document.ts';

export interface AskedRequest {
  readonly principal: AskedPrincipal;
  /** `ecr:BatchGetImage` */
  readonly action: string;
  /** ARN of the repository, or `*` for what is not about one: then the identity's own policies decide alone. */
  readonly resource: string;
  /** What else is known of the request: `aws:PrincipalOrgID`, `aws:SourceArn`. */
  readonly context?: Readonly<Record<string, string>> | undefined;
  /** The principal has a permissions boundary. */
  readonly isBounded?: boolean | undefined;
}

/** The repository's policy; the identity's own; the boundary of what these can allow. */
export type PolicySide = 'repository' | 'identity' | 'boundary';

export interface StatementPlace {
  readonly policy: PolicySide;
  /** Which of the identity's policies. */
  readonly policyIndex?: number | undefined;
  /** In its policy, from 0. */
  readonly index: number;
  readonly sid?: string | undefined;
  readonly isOurs: boolean;
}

export interface Unjudged {
  /** Absent: of the policies as a whole. */
  readonly statement?: StatementPlace | undefined;
  readonly what:
    | 'repository-policy'
    | 'identity-policies'
    | 'principal'
    | 'action'
    | 'resource'
    | 'condition'
    | 'effect';
}

/** What one statement means for a request. */
export interface JudgedStatement {
  readonly place: StatementPlace;
  readonly allow: Match;
  readonly deny: Match;
  /** It allows what the account's own policies allow as well. */
  readonly isForAccount: boolean;
  readonly unjudged: readonly Unjudged[];
}

export function judgeStatement(
  request: AskedRequest,
  statement: PolicyStatement,
  where: Pick<StatementPlace, 'policy' | 'policyIndex' | 'index'>,
): JudgedStatement {
  const { Sid: sid, Effect: effect, Condition: condition } = statement;
  const place = {
    ...where,
    ...(typeof sid === 'string' && { sid }),
    isOurs: where.policy === 'repository' && isOurs(statement),
  };
  const principal = where.policy === 'repository' ? principalOf(statement, request) : 'direct';
  const parts = {
    principal: principal === 'unknown' ? 'unknown' : principal === 'none' ? 'no' : 'yes',
    action: matchAction(statement, request.action),
    resource: matchResource(statement, request.resource),
    condition: matchCondition(condition, contextOf(request)),
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

/**
 * A deny with `NotPrincipal` meets everyone with a boundary, whom it excepts as well
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html).
 */
function principalOf(statement: PolicyStatement, { principal, isBounded }: AskedRequest): PrincipalMatch {
  const isAboutAll = isBounded === true && statement.Effect === 'Deny' && statement.NotPrincipal !== undefined;
  return isAboutAll ? 'direct' : matchPrincipal(statement, principal);
}

/** What is known of each request: ECR is there over TLS only; an identity's ARN, and its account, which stands for many. */
function contextOf({ principal, context = {} }: AskedRequest): KnownContext {
  const said = Object.entries(context).map(([key, value]) => [key.toLowerCase(), value] as const);
  const accountId = 'arn' in principal ? accountIdOf(principal.arn) : undefined;
  return {
    'aws:securetransport': 'true',
    ...('arn' in principal && !principal.arn.endsWith(':root') && { 'aws:principalarn': principal.arn }),
    ...(accountId !== undefined && { 'aws:principalaccount': accountId }),
    ...Object.fromEntries(said),
  };
}
