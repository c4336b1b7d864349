import { accountPath } from '../accounts/account.ts';
import { clusterPath } from '../clusters/cluster.ts';
import { ecrGrantPath } from '../ecr-access/ecr-grant.ts';
import { changeRecord } from '../events/change-record.ts';
import type { ChangeDependencies } from '../events/change-record.ts';
import type { Actor } from '../events/event.ts';
import { FleetError } from '../errors.ts';
import type { Registry } from '../ports/registry.ts';
import type { OperationStore } from '../ports/operation-store.ts';
import { isTerminal } from '../operations/operation.ts';
import type { Operation } from '../operations/operation.ts';
import { operationPath } from '../operations/operation-events.ts';
import { readPage } from '../registry/page.ts';
import type { Page } from '../registry/page.ts';
import { isSameSpec, requirePrecondition } from '../registry/precondition.ts';
import type { Precondition, Put } from '../registry/precondition.ts';
import { requireUnused } from '../registry/require-unused.ts';
import { takeName } from '../registry/take-name.ts';
import { customerPath, repositoryUniqueName } from './customer.ts';
import type { CustomerRecord, CustomerSpec } from './customer.ts';

export interface CustomerDependencies extends ChangeDependencies {
  readonly registry: Registry;
  readonly operations: OperationStore;
  readonly gitHostNames: readonly string[];
  /** An unguessable id. */
  readonly randomId: () => string;
}

export async function getCustomer(deps: Pick<CustomerDependencies, 'registry'>, id: string): Promise<CustomerRecord> {
  const record = await deps.registry.getCustomer(id);
  if (!record) throw noCustomer(id);
  return record;
}

export function noCustomer(id: string): FleetError {
  return new FleetError('not-found', `There is no customer ${id}.`);
}

/** In the order of their ids. */
export async function listCustomers(
  deps: Pick<CustomerDependencies, 'registry'>,
  page: { readonly size: number; readonly after?: string | undefined },
): Promise<Page<CustomerRecord>> {
  return readPage((request) => deps.registry.listCustomers(request), page);
}

export interface PutCustomer {
  readonly id: string;
  readonly spec: CustomerSpec;
  readonly precondition: Precondition;
  readonly actor: Actor;
}

/** Creates or replaces a customer. The repository's name is taken first and an old one is freed last. */
export async function putCustomer(deps: CustomerDependencies, request: PutCustomer): Promise<Put<CustomerRecord>> {
  const { id, spec, actor } = request;
  const { customer: place } = await deps.registry.read({ customer: id });
  const present = place.record;
  requirePrecondition(request.precondition, present);
  if (present && isSameSpec(present.spec, spec)) return { record: present, isNew: false };
  // One that left the configuration hinders nobody who stays with it.
  if (present?.spec.repository.host !== spec.repository.host) requireKnownHost(deps, spec);
  const name = repositoryUniqueName(spec.repository);
  const nameBefore = present && repositoryUniqueName(present.spec.repository);
  const at = deps.now().toISOString();
  if (present && !isSameSpec(present.spec.repository, spec.repository)) await requireNothingRunning(deps, id);
  if (name !== nameBefore) await takeRepository(deps, { name, customer: id });
  const record: CustomerRecord = {
    id,
    spec,
    externalId: present?.externalId ?? deps.randomId(),
    version: place.version + 1,
    createdAt: present?.createdAt ?? at,
    updatedAt: at,
  };
  await changeRecord(deps, {
    ...{ customer: id, actor, place, at, after: spec, resource: customerPath(id) },
    type: present ? 'customer.updated' : 'customer.created',
    subject: { kind: 'customer', id },
    write: ({ changedBy }) => deps.registry.putCustomer(record, changedBy),
  });
  if (nameBefore !== undefined && nameBefore !== name) {
    await freeRepository(deps, { name: nameBefore, customer: id, at });
  }
  return { record, isNew: present === undefined };
}

/** Deletes a customer under which nothing is registered any more, and frees its repository. */
export async function deleteCustomer(
  deps: CustomerDependencies,
  { id, precondition, actor }: Omit<PutCustomer, 'spec'>,
): Promise<void> {
  const { customer: place, accounts, clusters, runtimes, grants } = await deps.registry.readFamily(id);
  if (!place.record) throw noCustomer(id);
  requirePrecondition(precondition, place.record);
  requireUnused(`The customer ${id}`, [
    ...clusters.flatMap(({ record }) => (record ? [clusterPath(record)] : [])),
    ...grants.flatMap(({ record }) => (record ? [ecrGrantPath(record)] : [])),
    ...accounts.flatMap(({ record }) => (record ? [accountPath(record)] : [])),
  ]);
  const at = deps.now().toISOString();
  await changeRecord(deps, {
    ...{ customer: id, actor, place, at, type: 'customer.deleted', resource: customerPath(id) },
    subject: { kind: 'customer', id },
    write: (change) => deps.registry.deleteCustomer(id, change),
  });
  const name = repositoryUniqueName(place.record.spec.repository);
  // A cluster that was abandoned may still read it.
  if (runtimes.some(({ repositories }) => repositories.includes(name))) return;
  await deps.registry.freeUnique(name, id, at);
}

function requireKnownHost(deps: CustomerDependencies, spec: CustomerSpec): void {
  if (deps.gitHostNames.includes(spec.repository.host)) return;
  const detail = `is no configured Git host; there are: ${deps.gitHostNames.join(', ') || 'none'}`;
  throw new FleetError('git-host-unknown', `repository.host ${detail}.`, {
    errors: [{ pointer: '/repository/host', detail }],
  });
}

/**
 * The name stays taken while a cluster still reads the repository, or an operation works in it (one that claimed its
 * cluster just before our write): whoever had it could put anything into that cluster. Later it may be taken over.
 */
async function freeRepository(
  deps: CustomerDependencies,
  { name, customer, at }: { readonly name: string; readonly customer: string; readonly at: string },
): Promise<void> {
  if (await isRepositoryInUse(deps, { customer, name })) return;
  await deps.registry.freeUnique(name, customer, at);
}

/** A running operation commits to the repository that it was started with. */
async function requireNothingRunning(deps: CustomerDependencies, customer: string): Promise<void> {
  for (const { operation } of await usesOf(deps, customer)) {
    if (!operation) continue;
    throw new FleetError(
      'operation-in-progress',
      `Operation ${operation.id} is working with the present repository. Wait for it to end, then change the repository.`,
      { location: operationPath(operation) },
    );
  }
}

async function isRepositoryInUse(
  deps: CustomerDependencies,
  { customer, name }: { readonly customer: string; readonly name: string },
): Promise<boolean> {
  const uses = await usesOf(deps, customer);
  return uses.some(({ operation, readsFrom }) => {
    return (
      readsFrom.includes(name) ||
      (operation?.kind === 'bootstrap-cluster' && repositoryUniqueName(operation.snapshot.repository) === name)
    );
  });
}

interface ClusterUse {
  /** The operation that has the cluster and has not ended. */
  readonly operation: Operation | undefined;
  /** Names of the repositories that the cluster may read, forgotten or not. */
  readonly readsFrom: readonly string[];
}

/** What each of the customer's clusters has to do with repositories; those that it abandoned, too. */
async function usesOf(deps: CustomerDependencies, customer: string): Promise<readonly ClusterUse[]> {
  const runtimes = await deps.registry.listRuntimes(customer);
  return Promise.all(
    runtimes.map(async ({ claimedBy, repositories }) => {
      const holder = claimedBy === undefined ? undefined : await deps.operations.get(claimedBy);
      return { operation: holder && !isTerminal(holder.state) ? holder : undefined, readsFrom: repositories };
    }),
  );
}

async function takeRepository(
  deps: CustomerDependencies,
  { name, customer }: { name: string; customer: string },
): Promise<void> {
  const isMine = await takeName(deps.registry, {
    name,
    owner: customer,
    now: deps.now(),
    async isUsedBy(owner) {
      const holder = await deps.registry.getCustomer(owner);
      if (holder && repositoryUniqueName(holder.spec.repository) === name) return true;
      return isRepositoryInUse(deps, { customer: owner, name });
    },
  });
  if (isMine) return;
  const detail = 'belongs to another customer, and a repository has one customer only';
  throw new FleetError('repository-taken', `The repository ${detail}.`, {
    errors: [{ pointer: '/repository', detail }],
  });
}
