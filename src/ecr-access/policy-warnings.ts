import { requestsOf } from './asked-by-grant.ts';
import type { EcrGrantSpec } from './ecr-grant.ts';
import { isOurs } from './grant-statements.ts';
import { judgeStatement } from './judge-statement.ts';
import { namedPrincipals } from './match-principal.ts';
import type { NamedPrincipal } from './match-principal.ts';
import { repositoryArn } from './identity-policy.ts';
import type { PolicyDocument, PolicyStatement } from './policy-document.ts';

export interface PolicyWarning {
  readonly kind: 'already-given' | 'foreign-deny' | 'orphaned-principal' | 'unknown-account' | 'other-region';
  /** For people. */
  readonly detail: string;
}

/** What a person should know before a grant reaches any repository. */
export function grantWarnings(
  { registry, principal }: Pick<EcrGrantSpec, 'registry' | 'principal'>,
  /** The accounts that are registered with us. */
  knownAccountIds: ReadonlySet<string>,
): readonly PolicyWarning[] {
  const warnings: PolicyWarning[] = [];
  if (principal.type !== 'organization' && !knownAccountIds.has(principal.accountId)) {
    const detail = `Account ${principal.accountId} is not one of the customer's accounts here. Check its id.`;
    warnings.push({ kind: 'unknown-account', detail });
  }
  // https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
  if (principal.type === 'lambda' && principal.region !== registry.region) {
    const detail = `Lambda takes images from its own region only: functions in ${principal.region} cannot use a registry in ${registry.region}.`;
    warnings.push({ kind: 'other-region', detail });
  }
  return warnings;
}

/** What the statements of others in a repository's policy mean for a grant. */
export function policyWarnings(
  spec: Pick<EcrGrantSpec, 'registry' | 'principal' | 'access'>,
  { repository, document }: { readonly repository: string; readonly document: PolicyDocument },
): readonly PolicyWarning[] {
  const resource = repositoryArn(spec.registry, repository);
  const requests = requestsOf(spec).map((request) => ({ ...request, resource }));
  return document.statements.flatMap((statement, index): readonly PolicyWarning[] => {
    if (isOurs(statement)) return [];
    const name = statementName(statement, index);
    const judged = requests.map((request) => judgeStatement(request, statement, { policy: 'repository', index }));
    return [
      ...(judged.every(({ allow }) => allow === 'yes') ? [alreadyGiven(name)] : []),
      ...denyWarning(
        name,
        judged.map(({ deny }) => deny),
      ),
      ...orphanedIds(statement).map((id) => orphaned(name, id)),
    ];
  });
}

/** The id of a user or role that was deleted: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
export function isOrphanedId({ type, value }: NamedPrincipal): boolean {
  return type === 'AWS' && /^A[A-Z]{3}[A-Z0-9]{12,124}$/.test(value);
}

/** Those that a statement names. */
export function orphanedIds({ Principal: principal, NotPrincipal: others }: PolicyStatement): readonly string[] {
  return [...namedPrincipals(principal), ...namedPrincipals(others)].filter(isOrphanedId).map(({ value }) => value);
}

function statementName({ Sid: sid }: PolicyStatement, index: number): string {
  return typeof sid === 'string' && sid !== '' ? `Statement ${sid}` : `Statement ${index + 1}`;
}

function alreadyGiven(name: string): PolicyWarning {
  const detail = `${name}, which is not ours, gives this right already: it will stay when the grant is withdrawn.`;
  return { kind: 'already-given', detail };
}

function denyWarning(name: string, denials: readonly ('yes' | 'no' | 'unknown')[]): readonly PolicyWarning[] {
  if (denials.includes('yes')) {
    return [
      {
        kind: 'foreign-deny',
        detail: `${name}, which is not ours, denies it: the grant has no effect while it is there.`,
      },
    ];
  }
  if (!denials.includes('unknown')) return [];
  return [
    {
      kind: 'foreign-deny',
      detail: `${name}, which is not ours, may deny it, by a condition or a session of the role.`,
    },
  ];
}

function orphaned(name: string, id: string): PolicyWarning {
  const detail =
    `${name}, which is not ours, names ${id}, the id of a user or role that was deleted. ` +
    'AWS may refuse any change of the policy until a person takes it out or names another.';
  return { kind: 'orphaned-principal', detail };
}
