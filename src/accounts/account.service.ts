import { ecrGrantPath } from '../ecr-access/ecr-grant.ts';
import { changeRecord } from '../events/change-record.ts';
import type { ChangeDependencies } from '../events/change-record.ts';
import type { Actor } from '../events/event.ts';
import { FleetError } from '../errors.ts';
import type { Registry } from '../ports/registry.ts';
import { clusterPath } from '../clusters/cluster.ts';
import type { CustomerRecord } from '../customers/customer.ts';
import { noCustomer } from '../customers/customer.service.ts';
import type { Place } from '../registry/place.ts';
import { readPage } from '../registry/page.ts';
import type { Page } from '../registry/page.ts';
import { isSameSpec, requirePrecondition } from '../registry/precondition.ts';
import type { Precondition } from '../registry/precondition.ts';
import { requireUnused } from '../registry/require-unused.ts';
import { takeName } from '../registry/take-name.ts';
import { accountPath, accountUniqueName } from './account.ts';
import type { AccountRecord, AccountSpec } from './account.ts';

export interface AccountDependencies extends ChangeDependencies {
  readonly registry: Registry;
}

export interface AccountAddress {
  readonly customer: string;
  readonly id: string;
}

export interface AccountChange extends AccountAddress {
  readonly precondition: Precondition;
  readonly actor: Actor;
}

/** An account with the customer that it belongs to. */
export interface AccountView {
  readonly record: AccountRecord;
  readonly customer: CustomerRecord;
}

export async function getAccount(
  deps: Pick<AccountDependencies, 'registry'>,
  { customer, id }: AccountAddress,
): Promise<AccountView> {
  const found = await deps.registry.read({ customer, accountId: id });
  const { record } = found.account;
  if (!record || !found.customer.record) throw noAccount({ customer, id });
  return { record, customer: found.customer.record };
}

/** In the order of their ids. */
export async function listAccounts(
  deps: Pick<AccountDependencies, 'registry'>,
  customer: string,
  page: { readonly size: number; readonly after?: string | undefined },
): Promise<Page<AccountView>> {
  const owner = await deps.registry.getCustomer(customer);
  if (!owner) throw noCustomer(customer);
  const { items, next } = await readPage((request) => deps.registry.listAccounts(customer, request), page);
  return { items: items.map((record) => ({ record, customer: owner })), next };
}

/** Creates or replaces an account of a customer that exists. A new one is taken first. */
export async function putAccount(
  deps: AccountDependencies,
  request: AccountChange & { readonly spec: AccountSpec },
): Promise<AccountView & { readonly isNew: boolean }> {
  const { customer, id, spec, actor } = request;
  const found = await deps.registry.read({ customer, accountId: id });
  const owner = found.customer.record;
  if (!owner) throw noCustomer(customer);
  const { account: place } = found;
  const present = place.record;
  requirePrecondition(request.precondition, present);
  if (present && isSameSpec(present.spec, spec)) return { record: present, customer: owner, isNew: false };
  if (!present) await takeAccount(deps, request);
  const at = deps.now().toISOString();
  const record: AccountRecord = {
    ...present,
    customer,
    id,
    spec,
    version: place.version + 1,
    createdAt: present?.createdAt ?? at,
    updatedAt: at,
  };
  await changeRecord(deps, {
    ...{ customer, actor, place, at, after: spec, ...subjectOf(request) },
    type: present ? 'account.updated' : 'account.created',
    write: ({ changedBy }) => deps.registry.putAccount(record, changedBy),
  });
  if (!present) await requireOwner(deps, request);
  return { record, customer: owner, isNew: present === undefined };
}

/** The customer may have been deleted while the account was made: then the account goes as well. */
async function requireOwner(deps: AccountDependencies, { customer, id, actor }: AccountChange): Promise<void> {
  if (await deps.registry.getCustomer(customer)) return;
  const { account: place } = await deps.registry.read({ customer, accountId: id });
  if (place.record) await forget(deps, { customer, id, actor, place });
  throw noCustomer(customer);
}

/** Deletes an account that no cluster is in, and no registry of a grant. */
export async function deleteAccount(deps: AccountDependencies, request: AccountChange): Promise<void> {
  const { customer, id, actor } = request;
  const family = await deps.registry.readFamily(customer);
  const place = family.accounts.find(({ record }) => record?.id === id);
  if (!family.customer.record || !place?.record) throw noAccount(request);
  requirePrecondition(request.precondition, place.record);
  requireUnused(`The account ${id}`, [
    ...family.clusters.flatMap(({ record }) => (record?.spec.accountId === id ? [clusterPath(record)] : [])),
    ...family.grants.flatMap(({ record }) => (record?.spec.registry.accountId === id ? [ecrGrantPath(record)] : [])),
  ]);
  await forget(deps, { customer, id, actor, place });
}

async function forget(
  deps: AccountDependencies,
  { customer, id, actor, place }: Omit<AccountChange, 'precondition'> & { readonly place: Place<AccountRecord> },
): Promise<void> {
  const at = deps.now().toISOString();
  await changeRecord(deps, {
    ...{ customer, actor, place, at, ...subjectOf({ customer, id }) },
    type: 'account.deleted',
    write: (change) => deps.registry.deleteAccount(customer, id, change),
  });
  await deps.registry.freeUnique(accountUniqueName(id), customer, at);
}

async function takeAccount(deps: AccountDependencies, { customer, id }: AccountAddress): Promise<void> {
  const isMine = await takeName(deps.registry, {
    name: accountUniqueName(id),
    owner: customer,
    now: deps.now(),
    async isUsedBy(other) {
      const holder = await deps.registry.read({ customer: other, accountId: id });
      return holder.customer.record !== undefined && holder.account.record !== undefined;
    },
  });
  if (isMine) return;
  const detail = 'belongs to another customer, and an AWS account has one customer only';
  throw new FleetError('account-taken', `The account ${id} ${detail}.`, { errors: [{ parameter: 'account', detail }] });
}

function subjectOf({ customer, id }: AccountAddress) {
  return { subject: { kind: 'account', id }, resource: accountPath({ customer, id }) } as const;
}

function noAccount({ customer, id }: AccountAddress): FleetError {
  return new FleetError('not-found', `The customer ${customer} has no account ${id}.`);
}
