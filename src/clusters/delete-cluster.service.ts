import { requirePrecondition } from '../registry/precondition.ts';
import type { Abandoned } from './cluster.ts';
import { noCluster } from './cluster.service.ts';
import type { ClusterChange } from './cluster.service.ts';
import { forgetCluster } from './forget-cluster.service.ts';
import type { ForgetDependencies } from './forget-cluster.service.ts';

export interface DeleteCluster extends ClusterChange {
  /** Forget the cluster even though we left something in it. */
  readonly abandon: boolean;
}

/**
 * Forgets a cluster. Cut after nothing can claim it any more, it shows as `DELETING` until a DELETE is repeated or a PUT
 * takes it back. Answers what stays in the world.
 */
export async function deleteCluster(deps: ForgetDependencies, request: DeleteCluster): Promise<Abandoned | undefined> {
  const { customer, id, actor, abandon } = request;
  const { customer: owner, cluster: place } = await deps.registry.read({ customer, cluster: id });
  if (!owner.record || !place.record) throw noCluster(request);
  requirePrecondition(request.precondition, place.record);
  return forgetCluster(deps, { customer, id, actor, place, abandon });
}
