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

/**
 * An operation that claimed its cluster just before our write still works with the old repository (its preflight
 * refuses to start only after our write), so the name stays taken; it is free once that operation has ended.
 */
async function freeRepository(
  deps: CustomerDependencies,
  { name, customer, at }: { readonly name: string; readonly customer: string; readonly at: string },
): Promise<void> {
  if (await findOperationIn(deps, { customer, name })) return;
  await deps.registry.freeUnique(name, customer, at);
}

function requireKnownHost(deps: CustomerDependencies, spec: CustomerSpec): void {
  if (deps.gitHostNames.includes(spec.repository.host)) return;
  const detail = `is no configured Git host; there are: ${deps.gitHostNames.join(', ') || 'none'}`;
  throw new FleetError('invalid-request', `repository.host ${detail}.`, {
    errors: [{ pointer: '/repository/host', detail }],
  });
}

/** A running operation commits to the repository that it was started with. */
async function requireNothingRunning(deps: CustomerDependencies, customer: string): Promise<void> {
  const operation = await findOperationIn(deps, { customer });
  if (!operation) return;
  throw new FleetError(
    'operation-in-progress',
    `Operation ${operation.id} is working with the present repository. Wait for it to end, then change the repository.`,
    { location: `/v1/customers/${customer}/operations/${operation.id}` },
  );
}

/** An operation that has one of the customer's clusters; with a name, only one that works in that repository. */
async function findOperationIn(
  deps: CustomerDependencies,
  { customer, name }: { readonly customer: string; readonly name?: string },
): Promise<Operation | undefined> {
  for (const cluster of await deps.registry.listClusterIds(customer)) {
    const runtime = await deps.registry.getRuntime(customer, cluster);
    const operation = runtime?.claimedBy === undefined ? undefined : await deps.operations.get(runtime.claimedBy);
    if (!operation || isTerminal(operation.state)) continue;
    if (name === undefined || repositoryUniqueName(operation.snapshot.repository) === name) return operation;
  }
  return undefined;
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
      return (await findOperationIn(deps, { customer: owner, name })) !== undefined;
    },
  });
  if (isMine) return;
  const detail = 'belongs to another customer, and a repository has one customer only';
  throw new FleetError('repository-taken', `The repository ${detail}.`, {
    errors: [{ pointer: '/repository', detail }],
  });
}
