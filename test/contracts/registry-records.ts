import type { AccountRecord } from '../../src/accounts/account.ts';
import type { ClusterRecord } from '../../src/clusters/cluster.ts';
import type { CustomerRecord } from '../../src/customers/customer.ts';
import type { EcrGrantRecord, EcrGrantSpec } from '../../src/ecr-access/ecr-grant.ts';
import type { FinishedOperation } from '../../src/operations/leavings.ts';
import type { Registry, WriteOutcome } from '../../src/ports/registry.ts';
import type { Slice, SliceRequest } from '../../src/registry/page.ts';
import type { Place, RecordChange } from '../../src/registry/place.ts';

const at = '2027-01-01T00:00:00.000Z';

export function customerRecord(fields: Partial<CustomerRecord> = {}): CustomerRecord {
  const repository = { host: 'git.example', owner: 'acme', name: 'infrastructure', branch: 'main' };
  return {
    ...{ id: 'acme', spec: { displayName: 'Acme', repository }, externalId: 'external', version: 1 },
    ...{ createdAt: at, updatedAt: at },
    ...fields,
  };
}

export function accountRecord(fields: Partial<AccountRecord> = {}): AccountRecord {
  const spec = { alias: 'production' };
  return { customer: 'acme', id: '111122223333', spec, version: 1, createdAt: at, updatedAt: at, ...fields };
}

export function clusterRecord(fields: Partial<ClusterRecord> = {}): ClusterRecord {
  return {
    ...{ customer: 'acme', id: 'production', version: 1, createdAt: at, updatedAt: at },
    spec: { accountId: '111122223333', region: 'eu-west-1', eksName: 'production', flux: { version: '2.9.2' } },
    ...fields,
  };
}

export function grantRecord(fields: Partial<EcrGrantRecord> = {}, spec: Partial<EcrGrantSpec> = {}): EcrGrantRecord {
  return {
    ...{ customer: 'acme', id: 'staging-pull', version: 1, createdAt: at, updatedAt: at },
    spec: {
      ...{ registry: { accountId: '333344445555', region: 'eu-west-1' }, repositories: { all: true }, access: 'pull' },
      ...{ principal: { type: 'account', accountId: '222233334444' }, reason: 'staging deploys' },
      ...spec,
    },
    ...fields,
  };
}

export function finishedOperation(fields: Partial<FinishedOperation> = {}): FinishedOperation {
  return { id: 'op-1', kind: 'bootstrap-cluster', state: 'SUCCEEDED', endedAt: at, leavings: [], ...fields };
}

/** One record of each kind, written, read and deleted alike. */
export interface RecordKind {
  readonly kind: 'customer' | 'account' | 'cluster' | 'grant';
  write(registry: Registry, change: RecordChange, updatedAt?: string): Promise<WriteOutcome>;
  bury(registry: Registry, change: RecordChange): Promise<WriteOutcome>;
  place(registry: Registry): Promise<Place<{ readonly version: number; readonly updatedAt: string }>>;
}

export const recordKinds: readonly RecordKind[] = [
  {
    kind: 'customer',
    write: (registry, { version, changedBy }, updatedAt = at) =>
      registry.putCustomer(customerRecord({ version, updatedAt }), changedBy),
    bury: (registry, change) => registry.deleteCustomer('acme', change),
    place: async (registry) => (await registry.read({ customer: 'acme' })).customer,
  },
  {
    kind: 'account',
    write: (registry, { version, changedBy }, updatedAt = at) =>
      registry.putAccount(accountRecord({ version, updatedAt }), changedBy),
    bury: (registry, change) => registry.deleteAccount('acme', '111122223333', change),
    place: async (registry) => (await registry.read({ customer: 'acme', accountId: '111122223333' })).account,
  },
  {
    kind: 'cluster',
    write: (registry, { version, changedBy }, updatedAt = at) =>
      registry.putCluster(clusterRecord({ version, updatedAt }), changedBy),
    bury: (registry, change) => registry.deleteCluster('acme', 'production', change),
    place: async (registry) => (await registry.read({ customer: 'acme', cluster: 'production' })).cluster,
  },
  {
    kind: 'grant',
    write: (registry, { version, changedBy }, updatedAt = at) =>
      registry.putEcrGrant(grantRecord({ version, updatedAt }), changedBy),
    bury: (registry, change) => registry.deleteEcrGrant('acme', 'staging-pull', change),
    place: async (registry) => (await registry.read({ customer: 'acme', grant: 'staging-pull' })).grant,
  },
];

/** A whole list, read by slices of this limit. */
export async function readAll<T>(
  read: (request: SliceRequest) => Promise<Slice<T>>,
  limit: number,
): Promise<Slice<T>['items'][number][]> {
  const found: Slice<T>['items'][number][] = [];
  let after: string | undefined;
  for (let slices = 0; slices < 200; slices += 1) {
    const { items, next } = await read({ after, limit });
    if (items.length > limit) throw new Error(`${items.length} items in a slice of ${limit}`);
    found.push(...items);
    if (next === undefined) return found;
    after = next;
  }
  throw new Error('the list has no end');
}
