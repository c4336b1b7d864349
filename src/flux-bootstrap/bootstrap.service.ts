import { customerRoleArn, partitionOf } from '../accounts/account.ts';
import { effectiveCluster } from '../clusters/cluster.ts';
import { getCluster } from '../clusters/cluster.service.ts';
import { getCustomer } from '../customers/customer.service.ts';
import { beginOperation } from '../operations/begin-operation.ts';
import type { BeginDependencies } from '../operations/begin-operation.ts';
import { canonicalHash } from '../operations/operation-id.ts';
import { bootstrapSteps } from '../operations/operation.ts';
import type { BootstrapSnapshot, Operation, OperationStep } from '../operations/operation.ts';

export interface BootstrapServiceDependencies extends BeginDependencies {
  /** Name of the role that every customer creates for us. */
  readonly roleName: string;
}

export interface BootstrapRequest {
  readonly customer: string;
  readonly cluster: string;
  readonly allowPrune: boolean;
  readonly replace: boolean;
  readonly caller: string;
  readonly idempotency?: { readonly key: string; readonly method: string; readonly path: string } | undefined;
}

/** All steps have their own limits; this one is for an execution that goes round in circles. */
const deadlineMinutes = 30;

/** Accepts a bootstrap of the cluster as its specs are now. */
export async function startBootstrap(
  deps: BootstrapServiceDependencies,
  request: BootstrapRequest,
): Promise<Operation> {
  const [customer, { record: cluster }] = await Promise.all([
    getCustomer(deps, request.customer),
    getCluster(deps, { customer: request.customer, id: request.cluster }),
  ]);
  const spec = effectiveCluster(cluster.spec);
  const snapshot: BootstrapSnapshot = {
    repository: customer.spec.repository,
    accountId: spec.accountId,
    region: spec.region,
    eksName: spec.eksName,
    access: spec.access,
    roleArn: customerRoleArn({
      partition: partitionOf(spec.region),
      accountId: spec.accountId,
      roleName: deps.roleName,
    }),
    externalId: customer.externalId,
    flux: spec.flux,
    allowPrune: request.allowPrune,
    replace: request.replace,
  };
  const now = deps.now();
  const draft: Omit<Operation, 'id'> = {
    kind: 'bootstrap-cluster',
    customer: request.customer,
    cluster: request.cluster,
    state: 'PENDING',
    caller: request.caller,
    createdAt: now.toISOString(),
    deadlineAt: new Date(now.getTime() + deadlineMinutes * 60_000).toISOString(),
    steps: Object.fromEntries(bootstrapSteps.map((name) => [name, pendingStep])),
    snapshot,
    desiredHash: canonicalHash(snapshot),
    fingerprint: canonicalHash([request.allowPrune, request.replace, customer.version, cluster.version]),
  };
  const pathOf = (id: string) => `/v1/customers/${request.customer}/operations/${id}`;
  return beginOperation(deps, { draft, idempotency: request.idempotency, pathOf });
}

const pendingStep: OperationStep = { state: 'PENDING', attempt: 0 };
