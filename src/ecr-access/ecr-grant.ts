import { customerPath } from '../customers/customer.ts';

/** A private registry: every AWS account has one in each region. */
export interface EcrRegistry {
  /** Twelve digits; an account of the customer. */
  readonly accountId: string;
  readonly region: string;
}

/** Which repositories of the registry; `all` covers those that are made later. */
export type EcrRepositories = { readonly names: readonly string[] } | { readonly all: true };

/** Who is let in. */
export type EcrPrincipal =
  /** Every identity of the account that its own account allows it as well. */
  | { readonly type: 'account'; readonly accountId: string }
  /** `roleName` with its path where it has one: `ci/deployer`. */
  | { readonly type: 'role'; readonly accountId: string; readonly roleName: string }
  /** Every account of an AWS organization: `o-…`. */
  | { readonly type: 'organization'; readonly organizationId: string }
  /** Lambda functions of the account in one region, whose images Lambda itself pulls. */
  | { readonly type: 'lambda'; readonly accountId: string; readonly region: string };

/** Push includes pull. */
export type EcrAccess = 'pull' | 'push';

export interface EcrGrantSpec {
  readonly registry: EcrRegistry;
  readonly repositories: EcrRepositories;
  readonly principal: EcrPrincipal;
  readonly access: EcrAccess;
  /** For the people who read it later. */
  readonly reason: string;
  /** RFC 3339; from then on the right is withdrawn. */
  readonly expiresAt?: string | undefined;
}

export interface EcrGrantRecord {
  readonly customer: string;
  readonly id: string;
  readonly spec: EcrGrantSpec;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** A DELETE was accepted: it gives no right any more, and goes as soon as it is out of every policy. */
  readonly isWithdrawn?: boolean | undefined;
}

/** True while the grant gives a right. */
export function isLive({ spec, isWithdrawn }: Pick<EcrGrantRecord, 'spec' | 'isWithdrawn'>, now: Date): boolean {
  if (isWithdrawn === true) return false;
  return spec.expiresAt === undefined || Date.parse(spec.expiresAt) > now.getTime();
}

export function covers({ repositories }: Pick<EcrGrantSpec, 'repositories'>, repository: string): boolean {
  return 'all' in repositories || repositories.names.includes(repository);
}

export function isSameRegistry(one: EcrRegistry, other: EcrRegistry): boolean {
  return one.accountId === other.accountId && one.region === other.region;
}

/** From the API's root. */
export function ecrGrantPath({ customer, id }: { readonly customer: string; readonly id: string }): string {
  return `${customerPath(customer)}/ecr-grants/${id}`;
}
