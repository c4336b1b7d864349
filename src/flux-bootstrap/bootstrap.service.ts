import { customerRoleArn, partitionOf } from '../accounts/account.ts';
import { effectiveCluster } from '../clusters/cluster.ts';
import { getCluster } from '../clusters/cluster.service.ts';
import type { ClusterView } from '../clusters/cluster.service.ts';
import type { Actor } from '../events/event.ts';
import { beginOperation } from '../operations/begin-operation.ts';
import type { BeginDependencies } from '../operations/begin-operation.ts';
import { shortHash } from '../operations/operation-id.ts';
import type { BootstrapOperation, BootstrapSnapshot, Operation } from '../operations/operation.ts';

export interface BootstrapServiceDependencies extends BeginDependencies {
  /** Name of the role that every customer creates for us. */
  readonly roleName: string;
}

export interface BootstrapRequest {
  readonly customer: string;
  readonly cluster: string;
  readonly allowPrune: boolean;
  readonly replace: boolean;
  readonly actor: Actor;
  readonly idempotency?: { readonly key: string; readonly method: string; readonly path: string } | undefined;
}

/** All steps have their own limits; this one is for an execution that goes round in circles. */
const deadlineMinutes = 30;

/** Accepts a bootstrap of the cluster as its specs are now. */
export async function startBootstrap(
  deps: BootstrapServiceDependencies,
  request: BootstrapRequest,
): Promise<Operation> {
  const view = await getCluster(deps, { customer: request.customer, id: request.cluster });
  const draft = draftBootstrap(deps, view, request);
  return beginOperation(deps, { draft, idempotency: request.idempotency });
}

/** All of the operation but its id: what it acts on is the specs as they are now. */
export function draftBootstrap(
  deps: Pick<BootstrapServiceDependencies, 'roleName' | 'now'>,
  { customer, record: cluster }: Pick<ClusterView, 'customer' | 'record'>,
  { allowPrune, replace, actor }: Pick<BootstrapRequest, 'allowPrune' | 'replace' | 'actor'>,
): Omit<BootstrapOperation, 'id'> {
  const { accountId, region, eksName, access, flux } = effectiveCluster(cluster.spec);
  const roleArn = customerRoleArn({ partition: partitionOf(region), accountId, roleName: deps.roleName });
  const { repository } = customer.spec;
  const { externalId } = customer;
  const target = { accountId, region, eksName, access, roleArn, externalId };
  const snapshot: BootstrapSnapshot = { repository, ...target, flux, allowPrune, replace };
  const now = deps.now();
  return {
    kind: 'bootstrap-cluster',
    customer: customer.id,
    cluster: cluster.id,
    state: 'PENDING',
    ...actor,
    createdAt: now.toISOString(),
    deadlineAt: new Date(now.getTime() + deadlineMinutes * 60_000).toISOString(),
    steps: {},
    snapshot,
    desiredHash: shortHash(snapshot),
    fingerprint: shortHash([allowPrune, replace, customer.version, cluster.version]),
  };
}
