import type { AccountRecord } from '../../src/accounts/account.ts';
import type { ClusterRecord } from '../../src/clusters/cluster.ts';
import type { CustomerRecord } from '../../src/customers/customer.ts';

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
