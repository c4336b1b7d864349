import { FleetError } from '../errors.ts';
import type { Registry } from '../ports/registry.ts';
import { getCustomer } from '../customers/customer.service.ts';
import { changedMeanwhile, isSameSpec, requirePrecondition } from '../registry/precondition.ts';
import type { Precondition, Put } from '../registry/precondition.ts';
import type { AccountRecord, AccountSpec } from './account.ts';

export interface AccountDependencies {
  readonly registry: Registry;
  readonly now: () => Date;
}

export interface AccountAddress {
  readonly customer: string;
  readonly id: string;
}

export async function getAccount(deps: AccountDependencies, address: AccountAddress): Promise<AccountRecord> {
  const record = await deps.registry.getAccount(address.customer, address.id);
  if (!record) throw new FleetError('not-found', `The customer ${address.customer} has no account ${address.id}.`);
  return record;
}

/** Creates or replaces an account of a customer that exists. */
export async function putAccount(
  deps: AccountDependencies,
  request: AccountAddress & { readonly spec: AccountSpec; readonly precondition: Precondition },
): Promise<Put<AccountRecord>> {
  const { customer, id, spec } = request;
  await getCustomer(deps, customer);
  const present = await deps.registry.getAccount(customer, id);
  requirePrecondition(request.precondition, present);
  if (present && isSameSpec(present.spec, spec)) return { record: present, isNew: false };
  const at = deps.now().toISOString();
  const record: AccountRecord = {
    ...present,
    customer,
    id,
    spec,
    version: (present?.version ?? 0) + 1,
    createdAt: present?.createdAt ?? at,
    updatedAt: at,
  };
  const written = await deps.registry.putAccount(record);
  if (written.kind === 'changed') throw changedMeanwhile();
  return { record, isNew: present === undefined };
}
