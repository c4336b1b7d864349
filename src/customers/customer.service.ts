import { FleetError } from '../errors.ts';
import type { Registry } from '../ports/registry.ts';
import type { OperationStore } from '../ports/operation-store.ts';
import { isTerminal } from '../operations/operation.ts';
import type { Operation } from '../operations/operation.ts';
import { changedMeanwhile, isSameSpec, requirePrecondition } from '../registry/precondition.ts';
import type { Precondition, Put } from '../registry/precondition.ts';
import { takeName } from '../registry/take-name.ts';
import { repositoryUniqueName } from './customer.ts';
import type { CustomerRecord, CustomerSpec } from './customer.ts';

export interface CustomerDependencies {
  readonly registry: Registry;
  readonly operations: OperationStore;
  readonly gitHostNames: readonly string[];
  readonly now: () => Date;
  /** An unguessable id. */
  readonly randomId: () => string;
}

export async function getCustomer(deps: Pick<CustomerDependencies, 'registry'>, id: string): Promise<CustomerRecord> {
  const record = await deps.registry.getCustomer(id);
  if (!record) throw new FleetError('not-found', `There is no customer ${id}.`);
  return record;
}

/** Creates or replaces a customer. The repository's name is taken first and an old one is freed last. */
export async function putCustomer(
  deps: CustomerDependencies,
  request: { readonly id: string; readonly spec: CustomerSpec; readonly precondition: Precondition },
): Promise<Put<CustomerRecord>> {
  const { id, spec } = request;
  requireKnownHost(deps, spec);
  const present = await deps.registry.getCustomer(id);
  requirePrecondition(request.precondition, present);
  if (present && isSameSpec(present.spec, spec)) return { record: present, isNew: false };
  const name = repositoryUniqueName(spec.repository);
  const nameBefore = present && repositoryUniqueName(present.spec.repository);
  const at = deps.now().toISOString();
  if (present && name !== nameBefore) await requireNothingRunning(deps, id);
  await takeRepository(deps, { name, customer: id });
  const record: CustomerRecord = {
    id,
    spec,
    externalId: present?.externalId ?? deps.randomId(),
    version: (present?.version ?? 0) + 1,
    createdAt: present?.createdAt ?? at,
    updatedAt: at,
  };
  const written = await deps.registry.putCustomer(record);
  if (written.kind === 'changed') throw changedMeanwhile();
  if (nameBefore !== undefined && nameBefore !== name) {
    await freeRepository(deps, { name: nameBefore, customer: id, at });
  }
  return { record, isNew: present === undefined };
}

function requireKnownHost(deps: CustomerDependencies, spec: CustomerSpec): void {
  if (deps.gitHostNames.includes(spec.repository.host)) return;
  const detail = `is no configured Git host; there are: ${deps.gitHostNames.join(', ') || 'none'}`;
  throw new FleetError('invalid-request', `repository.host ${detail}.`, {
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
      { location: `/v1/customers/${customer}/operations/${operation.id}` },
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
      readsFrom === name || (operation !== undefined && repositoryUniqueName(operation.snapshot.repository) === name)
    );
  });
}

interface ClusterUse {
  /** The operation that has the cluster and has not ended. */
  readonly operation: Operation | undefined;
  /** The repository's name that the last bootstrap left the cluster with. */
  readonly readsFrom: string | undefined;
}

/** What each of the customer's clusters has to do with repositories. */
async function usesOf(deps: CustomerDependencies, customer: string): Promise<readonly ClusterUse[]> {
  const uses: ClusterUse[] = [];
  for (const cluster of await deps.registry.listClusterIds(customer)) {
    const runtime = await deps.registry.getRuntime(customer, cluster);
    const holder = runtime?.claimedBy === undefined ? undefined : await deps.operations.get(runtime.claimedBy);
    const operation = holder && !isTerminal(holder.state) ? holder : undefined;
    uses.push({ operation, readsFrom: runtime?.result?.repositoryName });
  }
  return uses;
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
