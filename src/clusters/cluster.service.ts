import { FleetError } from '../errors.ts';
import type { Registry } from '../ports/registry.ts';
import { getCustomer } from '../customers/customer.service.ts';
import { changedMeanwhile, isSameSpec, requirePrecondition } from '../registry/precondition.ts';
import type { Precondition, Put } from '../registry/precondition.ts';
import { takeName } from '../registry/take-name.ts';
import { eksUniqueName, immutableClusterFields } from './cluster.ts';
import type { ClusterRecord, ClusterRuntime, ClusterSpec } from './cluster.ts';

export interface ClusterDependencies {
  readonly registry: Registry;
  readonly now: () => Date;
}

export interface ClusterAddress {
  readonly customer: string;
  readonly id: string;
}

export interface ClusterView {
  readonly record: ClusterRecord;
  readonly runtime: ClusterRuntime | undefined;
}

export async function getCluster(deps: ClusterDependencies, { customer, id }: ClusterAddress): Promise<ClusterView> {
  const [record, runtime] = await Promise.all([
    deps.registry.getCluster(customer, id),
    deps.registry.getRuntime(customer, id),
  ]);
  if (!record) throw new FleetError('not-found', `The customer ${customer} has no cluster ${id}.`);
  return { record, runtime };
}

/**
 * Creates or replaces a cluster: the EKS cluster's name in the fleet, then its runtime item, then the cluster itself,
 * so that a cluster that is seen can always be claimed.
 */
export async function putCluster(
  deps: ClusterDependencies,
  request: ClusterAddress & { readonly spec: ClusterSpec; readonly precondition: Precondition },
): Promise<Put<ClusterRecord>> {
  const { customer, id, spec } = request;
  await getCustomer(deps, customer);
  const present = await deps.registry.getCluster(customer, id);
  requirePrecondition(request.precondition, present);
  if (present) requireImmutable(present.spec, spec);
  if (present && isSameSpec(present.spec, spec)) return { record: present, isNew: false };
  await requireAccount(deps, customer, spec);
  if (!present) {
    await takeEksCluster(deps, { name: eksUniqueName(spec), owner: `${customer}/${id}` });
    await deps.registry.createRuntime(customer, id);
  }
  const at = deps.now().toISOString();
  const record: ClusterRecord = {
    customer,
    id,
    spec,
    version: (present?.version ?? 0) + 1,
    createdAt: present?.createdAt ?? at,
    updatedAt: at,
  };
  const written = await deps.registry.putCluster(record);
  if (written.kind === 'changed') throw changedMeanwhile();
  return { record, isNew: present === undefined };
}

function requireImmutable(present: ClusterSpec, spec: ClusterSpec): void {
  const changed = immutableClusterFields.filter((field) => present[field] !== spec[field]);
  if (changed.length === 0) return;
  const errors = changed.map((field) => ({ pointer: `/${field}`, detail: `is ${present[field]} and cannot change` }));
  throw new FleetError(
    'immutable-field',
    `${changed.join(', ')} cannot change. Register the other EKS cluster under an id of its own.`,
    { errors },
  );
}

async function requireAccount(deps: ClusterDependencies, customer: string, spec: ClusterSpec): Promise<void> {
  if (await deps.registry.getAccount(customer, spec.accountId)) return;
  const detail = `is no account of ${customer}; register it first with PUT /v1/customers/${customer}/accounts/${spec.accountId}`;
  throw new FleetError('invalid-request', `accountId ${detail}.`, { errors: [{ pointer: '/accountId', detail }] });
}

async function takeEksCluster(
  deps: ClusterDependencies,
  { name, owner }: { name: string; owner: string },
): Promise<void> {
  const isMine = await takeName(deps.registry, {
    name,
    owner,
    now: deps.now(),
    async isUsedBy(other) {
      const [customer = '', id = ''] = other.split('/');
      const holder = await deps.registry.getCluster(customer, id);
      return holder !== undefined && eksUniqueName(holder.spec) === name;
    },
  });
  if (isMine) return;
  const detail = 'is registered already under another id; an EKS cluster has one id in the whole fleet';
  throw new FleetError('cluster-taken', `This EKS cluster ${detail}.`, { errors: [{ pointer: '/eksName', detail }] });
}
