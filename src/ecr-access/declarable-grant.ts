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
  if (!present || !isSameSpec(present.spec, spec)) requireEffect(spec, now);
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

/** A grant that would give no right, or not the one that it says, is a mistake. */
function requireEffect({ principal, access, registry, expiresAt }: EcrGrantSpec, now: Date): void {
  const errors = [
    ...(expiresAt === undefined || Date.parse(expiresAt) > now.getTime()
      ? []
      : [{ pointer: '/expiresAt', detail: 'has passed already' }]),
    ...(principal.type === 'lambda' && access === 'push'
      ? [{ pointer: '/access', detail: 'must be pull: Lambda functions only pull' }]
      : []),
    // A function's image is in the function's region (https://docs.aws.amazon.com/lambda/latest/dg/images-create.html).
    ...(principal.type === 'lambda' && principal.region !== registry.region
      ? [
          {
            pointer: '/principal/region',
            detail: "must be the registry's: Lambda takes images from its own region only",
          },
        ]
      : []),
  ];
  if (errors.length === 0) return;
  const told = errors.map(({ pointer, detail }) => `${pointer.slice(1).replace('/', '.')} ${detail}`).join('; ');
  throw new FleetError('grant-without-effect', `The grant would not give the right that it says: ${told}.`, { errors });
}
