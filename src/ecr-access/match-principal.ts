import { accountOrArn } from './canonical-policy.ts';
import { isObject, listOf } from './policy-document.ts';
import type { PolicyStatement } from './policy-document.ts';

export type AskedPrincipal =
  /** A role or a user; the root of an account means all of its identities. */
  | { readonly arn: string }
  /** A service that acts by itself. */
  | { readonly service: string }
  /** An identity of some other account, of which only the context of the request is known. */
  | { readonly anyone: true };

/**
 * `account`: only because the statement names the account as a whole, which leaves it to that account's own policies
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts).
 */
export type PrincipalMatch = 'direct' | 'account' | 'none' | 'unknown';

export interface NamedPrincipal {
  /** `AWS`, `Service`, `Federated`, … */
  readonly type: string;
  readonly value: string;
}

/** The principals that an element `Principal` or `NotPrincipal` names. */
export function namedPrincipals(element: unknown): readonly NamedPrincipal[] {
  if (typeof element === 'string') return [{ type: 'AWS', value: element }];
  if (!isObject(element)) return [];
  return Object.entries(element).flatMap(([type, values]) =>
    listOf(values).map((value) => ({ type, value: String(value) })),
  );
}

export function matchPrincipal(statement: PolicyStatement, asked: AskedPrincipal): PrincipalMatch {
  if (statement.Principal !== undefined) {
    return widestOf(namedPrincipals(statement.Principal).map((named) => matchNamed(named, asked)));
  }
  return statement.NotPrincipal === undefined ? 'unknown' : matchOthers(statement.NotPrincipal, asked);
}

export function accountIdOf(arn: string): string | undefined {
  const accountId = arn.split(':')[4];
  return accountId === '' ? undefined : accountId;
}

function widestOf(matches: readonly PrincipalMatch[]): PrincipalMatch {
  return (['direct', 'account', 'unknown'] as const).find((match) => matches.includes(match)) ?? 'none';
}

function matchNamed({ type, value }: NamedPrincipal, asked: AskedPrincipal): PrincipalMatch {
  if (type === 'AWS' && value === '*') return 'direct';
  if ('service' in asked) return type === 'Service' && value === asked.service ? 'direct' : 'none';
  if ('anyone' in asked) return 'none';
  if (type !== 'AWS') return 'none';
  if (accountOrArn(value) === accountIdOf(asked.arn)) return 'account';
  if (value === asked.arn) return 'direct';
  // One session of the role, of which there may be others.
  return isSessionOf(value, asked.arn) ? 'unknown' : 'none';
}

function isSessionOf(sessionArn: string, roleArn: string): boolean {
  const roleName = /:role\/(?:.*\/)?([^/]+)$/.exec(roleArn)?.[1];
  return roleName !== undefined && sessionArn.includes(`:sts::${accountIdOf(roleArn)}:assumed-role/${roleName}/`);
}

/**
 * Whoever is excepted must be so by name and by account; what one of the two alone does is not documented
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html).
 */
function matchOthers(element: unknown, asked: AskedPrincipal): PrincipalMatch {
  const matches = namedPrincipals(element).map((named) => matchNamed(named, asked));
  if (matches.length === 0) return 'unknown';
  if (matches.every((match) => match === 'none')) return 'direct';
  if (matches.includes('direct') && ('service' in asked || matches.includes('account'))) return 'none';
  return 'unknown';
}
