import { FleetError } from '../errors.ts';
import { finishEnd } from '../operations/end-operation.ts';
import type { EndDependencies } from '../operations/end-operation.ts';
import { operationPath } from '../operations/operation-events.ts';
import { isTerminal } from '../operations/operation.ts';
import type { RetireOutcome } from '../ports/registry.ts';
import { requirePrecondition } from '../registry/precondition.ts';
import type { Abandoned } from './cluster.ts';
import { forgetCluster, noCluster } from './cluster.service.ts';
import type { ClusterAddress, ClusterChange, ClusterDependencies } from './cluster.service.ts';

export interface DeleteClusterDependencies extends ClusterDependencies, EndDependencies {}

export interface DeleteCluster extends ClusterChange {
  /** Forget the cluster even though we left something in it. */
  readonly abandon: boolean;
}

/**
 * Forgets a cluster: first nothing can claim it any more, then its record goes, then its name is free. Cut after the
 * first, it shows as `DELETING` until a DELETE is repeated or a PUT takes it back. Answers what stays in the world.
 */
export async function deleteCluster(
  deps: DeleteClusterDependencies,
  request: DeleteCluster,
): Promise<Abandoned | undefined> {
  const { customer, id, actor, abandon } = request;
  const found = await deps.registry.read({ customer, cluster: id });
  const { cluster: place } = found;
  if (!found.customer.record || !place.record) throw noCluster(request);
  requirePrecondition(request.precondition, place.record);
  await retire(deps, { customer, id, abandon, version: place.version });
  const abandoned = abandon ? await readAbandoned(deps, request) : undefined;
  try {
    await forgetCluster(deps, { customer, id, actor, place, abandoned });
  } catch (error) {
    if (error instanceof FleetError && error.code === 'conflict') await reinstate(deps, request);
    throw error;
  }
  return abandoned;
}

/** Of a cluster that is retired: the last operation has told by now what it left, and none can follow. */
async function readAbandoned(
  deps: DeleteClusterDependencies,
  { customer, id }: ClusterAddress,
): Promise<Abandoned | undefined> {
  const runtime = await deps.registry.getRuntime(customer, id);
  if (!runtime || runtime.leavings.length === 0) return undefined;
  return { leavings: runtime.leavings, bootstrap: runtime.result };
}

/** Somebody declared it anew at the same moment, and it stays; or deleted it at the same moment, and it is gone. */
async function reinstate(deps: DeleteClusterDependencies, { customer, id }: ClusterAddress): Promise<void> {
  const { cluster } = await deps.registry.read({ customer, cluster: id });
  if (cluster.record) await deps.registry.reinstate(customer, id, cluster.version);
}

async function retire(
  deps: DeleteClusterDependencies,
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
  deps: DeleteClusterDependencies,
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
