import { accountPath } from '../accounts/account.ts';
import { FleetError } from '../errors.ts';
import type { Found } from '../ports/registry.ts';
import { isSameSpec } from '../registry/precondition.ts';
import { isSameRegistry } from './ecr-grant.ts';
import type { EcrGrantSpec } from './ecr-grant.ts';

/** Throws where the customer may not declare such a grant in the place of what is there. */
export function requireDeclarable(
  { account, grant }: Pick<Found, 'account' | 'grant'>,
  { customer, spec }: { readonly customer: string; readonly spec: EcrGrantSpec },
  now: Date,
): void {
  const present = grant.record;
  if (present && !isSameRegistry(present.spec.registry, spec.registry)) throw registryIsImmutable();
  if (!account.record) throw notRegistered(customer, spec.registry.accountId);
  // What has ended since may be declared again: nothing comes of it.
  if (!present || !isSameSpec(present.spec, spec)) requireFuture(spec, now);
}

function registryIsImmutable(): FleetError {
  const errors = [{ pointer: '/registry', detail: 'cannot change' }];
  const detail = 'registry cannot change. Make another grant for the other registry, and delete this one.';
  return new FleetError('immutable-field', detail, { errors });
}

function notRegistered(customer: string, accountId: string): FleetError {
  const path = accountPath({ customer, id: accountId });
  const detail = `is no account of ${customer}; register it first with PUT ${path}`;
  const errors = [{ pointer: '/registry/accountId', detail }];
  return new FleetError('account-not-registered', `registry.accountId ${detail}.`, { errors });
}

function requireFuture({ expiresAt }: EcrGrantSpec, now: Date): void {
  if (expiresAt === undefined || Date.parse(expiresAt) > now.getTime()) return;
  const errors = [{ pointer: '/expiresAt', detail: 'has passed already' }];
  throw new FleetError('invalid-request', 'expiresAt has passed already: such a grant would give no right.', {
    errors,
  });
}
