import { accountPath } from '../accounts/account.ts';
import { changeRecord } from '../events/change-record.ts';
import type { ChangeDependencies } from '../events/change-record.ts';
import type { Actor } from '../events/event.ts';
import { FleetError } from '../errors.ts';
import type { Found, Registry } from '../ports/registry.ts';
import type { CustomerRecord } from '../customers/customer.ts';
import { noCustomer } from '../customers/customer.service.ts';
import { isSameSpec, requirePrecondition } from '../registry/precondition.ts';
import type { Precondition } from '../registry/precondition.ts';
import { takeName } from '../registry/take-name.ts';
import { clusterPath, eksUniqueName, immutableClusterFields } from './cluster.ts';
import type { ClusterRecord, ClusterRuntime, ClusterSpec } from './cluster.ts';
import { forgetCluster } from './forget-cluster.service.ts';
import type { ForgetDependencies } from './forget-cluster.service.ts';

export interface ClusterDependencies extends ChangeDependencies {
  readonly registry: Registry;
}

export interface ClusterAddress {
  readonly customer: string;
  readonly id: string;
}

export interface ClusterChange extends ClusterAddress {
  readonly precondition: Precondition;
  readonly actor: Actor;
}

export interface ClusterView {
  readonly record: ClusterRecord;
  readonly runtime: ClusterRuntime | undefined;
  /** Whose cluster it is. */
  readonly customer: CustomerRecord;
}

export async function getCluster(
  deps: Pick<ClusterDependencies, 'registry'>,
  { customer, id }: ClusterAddress,
): Promise<ClusterView> {
  const found = await deps.registry.read({ customer, cluster: id });
  const { record } = found.cluster;
  if (!record || !found.customer.record) throw noCluster({ customer, id });
  return { record, runtime: found.runtime, customer: found.customer.record };
}

export function noCluster({ customer, id }: ClusterAddress): FleetError {
  return new FleetError('not-found', `The customer ${customer} has no cluster ${id}.`);
}

/**
 * Creates or replaces a cluster: the EKS cluster's name in the fleet, then its runtime item, then the cluster itself,
 * so that a cluster that is seen can always be claimed.
 */
export async function putCluster(
  deps: ForgetDependencies,
  request: ClusterChange & { readonly spec: ClusterSpec },
): Promise<ClusterView & { readonly isNew: boolean }> {
  const { customer, id, spec } = request;
  const found = await deps.registry.read({ customer, cluster: id, accountId: spec.accountId });
  if (!found.customer.record) throw noCustomer(customer);
  const present = found.cluster.record;
  requirePrecondition(request.precondition, present);
  if (present) requireImmutable(present.spec, spec);
  if (!found.account.record) throw notRegistered(customer, spec.accountId);
  const view = { customer: found.customer.record, isNew: present === undefined };
  if (!present) return { ...view, ...(await create(deps, request, found)) };
  // Declared again while a DELETE is half done: then it is to stay, and the DELETE must see that it was changed.
  const isTakenBack = found.runtime?.isRetired === true;
  const isSame = isSameSpec(present.spec, spec) && !isTakenBack;
  if (isSame) return { ...view, record: present, runtime: found.runtime };
  const record = await write(deps, request, found.cluster);
  if (isTakenBack) await deps.registry.reinstate(customer, id, record.version);
  return { ...view, record, runtime: found.runtime && { ...found.runtime, isRetired: false } };
}

async function create(
  deps: ForgetDependencies,
  request: ClusterChange & { readonly spec: ClusterSpec },
  found: Found,
): Promise<Omit<ClusterView, 'customer'>> {
  const { customer, id, spec } = request;
  await takeEksCluster(deps, { name: eksUniqueName(spec), owner: `${customer}/${id}` });
  await deps.registry.createRuntime(customer, id, found.cluster.version);
  const record = await write(deps, request, found.cluster);
  await requireOwners(deps, request);
  return { record, runtime: undefined };
}

async function write(
  deps: ClusterDependencies,
  { customer, id, spec, actor }: ClusterChange & { readonly spec: ClusterSpec },
  place: Found['cluster'],
): Promise<ClusterRecord> {
  const at = deps.now().toISOString();
  const createdAt = place.record?.createdAt ?? at;
  const record: ClusterRecord = { customer, id, spec, version: place.version + 1, createdAt, updatedAt: at };
  await changeRecord(deps, {
    ...{ customer, actor, place, at, after: spec, resource: clusterPath({ customer, id }) },
    subject: { kind: 'cluster', id },
    type: place.record ? 'cluster.updated' : 'cluster.created',
    write: ({ changedBy }) => deps.registry.putCluster(record, changedBy),
  });
  return record;
}

/**
 * Customer or account may have been deleted while the cluster was made: then the cluster goes as well, unless an operation
 * has it already.
 */
async function requireOwners(
  deps: ForgetDependencies,
  { customer, id, spec, actor }: ClusterChange & { readonly spec: ClusterSpec },
): Promise<void> {
  const found = await deps.registry.read({ customer, cluster: id, accountId: spec.accountId });
  if (found.customer.record && found.account.record) {
    // By a late DELETE of the cluster that had this id before.
    if (found.runtime?.isRetired) await deps.registry.reinstate(customer, id, found.cluster.version);
    return;
  }
  if (found.cluster.record) await forgetCluster(deps, { customer, id, actor, place: found.cluster, abandon: true });
  throw found.customer.record ? notRegistered(customer, spec.accountId) : noCustomer(customer);
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

function notRegistered(customer: string, accountId: string): FleetError {
  const detail = `is no account of ${customer}; register it first with PUT ${accountPath({ customer, id: accountId })}`;
  const errors = [{ pointer: '/accountId', detail }];
  return new FleetError('account-not-registered', `accountId ${detail}.`, { errors });
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
      const [customer = '', cluster = ''] = other.split('/');
      const holder = await deps.registry.read({ customer, cluster });
      const spec = holder.customer.record && holder.cluster.record?.spec;
      return spec !== undefined && eksUniqueName(spec) === name;
    },
  });
  if (isMine) return;
  const detail = 'is registered already under another id; an EKS cluster has one id in the whole fleet';
  throw new FleetError('cluster-taken', `This EKS cluster ${detail}.`, { errors: [{ pointer: '/eksName', detail }] });
}
