import { changeRecord } from '../events/change-record.ts';
import type { Actor } from '../events/event.ts';
import { FleetError } from '../errors.ts';
import { finishEnd } from '../operations/end-operation.ts';
import type { EndDependencies } from '../operations/end-operation.ts';
import { operationPath } from '../operations/operation-events.ts';
import { isTerminal } from '../operations/operation.ts';
import type { Found, RetireOutcome } from '../ports/registry.ts';
import { clusterPath, eksUniqueName } from './cluster.ts';
import type { Abandoned } from './cluster.ts';
import type { ClusterAddress, ClusterDependencies } from './cluster.service.ts';

export interface ForgetDependencies extends ClusterDependencies, EndDependencies {}

export interface ForgetCluster extends ClusterAddress {
  readonly actor: Actor;
  /** Where the record that is to go was found. */
  readonly place: Found['cluster'];
  /** Forget the cluster even though we left something in it. */
  readonly abandon: boolean;
}

/**
 * First nothing can claim the cluster any more, then its record goes, then its name is free; taken back where the record
 * was changed at the same moment. Answers what stays in the world.
 */
export async function forgetCluster(deps: ForgetDependencies, request: ForgetCluster): Promise<Abandoned | undefined> {
  const { customer, id, abandon, place } = request;
  await retire(deps, { customer, id, abandon, version: place.version });
  const abandoned = abandon ? await readAbandoned(deps, request) : undefined;
  try {
    await deleteRecord(deps, request, abandoned);
  } catch (error) {
    if (error instanceof FleetError && error.code === 'conflict') await reinstate(deps, request);
    throw error;
  }
  return abandoned;
}

/** And frees the EKS cluster's name; what stays in the world is for the audit log. */
async function deleteRecord(
  deps: ForgetDependencies,
  { customer, id, actor, place }: ForgetCluster,
  abandoned: Abandoned | undefined,
): Promise<void> {
  const at = deps.now().toISOString();
  await changeRecord(deps, {
    ...{ customer, actor, place, at, type: 'cluster.deleted', resource: clusterPath({ customer, id }) },
    subject: { kind: 'cluster', id },
    after: abandoned && { abandoned },
    write: (change) => deps.registry.deleteCluster(customer, id, change),
  });
  if (place.record) await deps.registry.freeUnique(eksUniqueName(place.record.spec), `${customer}/${id}`, at);
}

/** Of a cluster that is retired: the last operation has told by now what it left, and none can follow. */
async function readAbandoned(
  deps: ForgetDependencies,
  { customer, id }: ClusterAddress,
): Promise<Abandoned | undefined> {
  const runtime = await deps.registry.getRuntime(customer, id);
  if (!runtime || runtime.leavings.length === 0) return undefined;
  return { leavings: runtime.leavings, bootstrap: runtime.result };
}

/** Somebody declared it anew at the same moment, and it stays; or deleted it at the same moment, and it is gone. */
async function reinstate(deps: ForgetDependencies, { customer, id }: ClusterAddress): Promise<void> {
  const { cluster } = await deps.registry.read({ customer, cluster: id });
  if (cluster.record) await deps.registry.reinstate(customer, id, cluster.version);
}

async function retire(
  deps: ForgetDependencies,
  { customer, id, ...how }: ClusterAddress & { readonly abandon: boolean; readonly version: number },
): Promise<void> {
  const wanted = { customer, cluster: id, ...how };
  let outcome = await deps.registry.retire(wanted);
  if (outcome.kind === 'held' && (await isFinished(deps, { customer, id }, outcome.operationId))) {
    outcome = await deps.registry.retire(wanted);
  }
  if (outcome.kind !== 'retired') throw refusal({ customer, id }, outcome);
}

/**
 * One that has ended and died before its cluster was free is finished here; the sweeper would come later. One of which
 * nothing is left cannot begin a step any more, and nobody else would free its cluster.
 */
async function isFinished(
  deps: ForgetDependencies,
  { customer, id }: ClusterAddress,
  operationId: string,
): Promise<boolean> {
  const operation = await deps.operations.get(operationId);
  if (operation && !isTerminal(operation.state)) return false;
  if (operation) await finishEnd(deps, operation);
  else await deps.registry.release({ customer, cluster: id, operationId });
  return true;
}

function refusal(
  { customer, id }: ClusterAddress,
  outcome: Exclude<RetireOutcome, { readonly kind: 'retired' }>,
): FleetError {
  if (outcome.kind === 'held') {
    const location = operationPath({ customer, id: outcome.operationId });
    const detail = `Operation ${outcome.operationId} is working on the cluster. Wait for it to end, or cancel it (see Location).`;
    return new FleetError('operation-in-progress', detail, { location });
  }
  const detail =
    `The cluster ${id} still has what we left there: ${outcome.leavings.join(', ')}. ` +
    'We cannot remove it yet: forget the cluster all the same with ?abandon=true, then it stays there.';
  return new FleetError('resource-in-use', detail, { usedBy: outcome.leavings });
}
