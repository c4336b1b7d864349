import type { FleetTable } from '../../src/adapters/fleet-table.ts';
import type { EcrPolicyVersion, EcrRepositoryAddress, EcrRepositoryStore } from '../../src/ports/ecr-repositories.ts';

/** A store whose clock stands at `storeNow`. */
export type GivenStore = () => { readonly table: FleetTable; readonly store: EcrRepositoryStore };

export const storeNow = '2027-01-01T00:00:00.000Z';

export const registry = { accountId: '333344445555', region: 'eu-west-1' };
export const address: EcrRepositoryAddress = { customer: 'acme', registry, repository: 'team/api' };

export function repositoryCalled(repository: string, fields: Partial<EcrRepositoryAddress> = {}): EcrRepositoryAddress {
  return { ...address, ...fields, repository };
}

export function policyVersion(fields: Partial<EcrPolicyVersion> = {}): EcrPolicyVersion {
  const at = fields.at ?? storeNow;
  return { ...address, id: `${at}_one`, at, operationId: 'op-1', text: '{"Version":"2012-10-17"}', ...fields };
}

/** The work of one operation at a repository, from lease to release. */
export async function workAt(
  store: EcrRepositoryStore,
  at: EcrRepositoryAddress,
  grants: readonly string[],
): Promise<void> {
  const lease = { operationId: 'op-1', token: 'token-1' };
  await store.lease(at, lease);
  const results = Object.fromEntries(grants.map((grant) => [grant, { state: 'APPLIED' as const, at: storeNow }]));
  await store.release(at, lease, { grants, results, documentHash: 'hash' });
}
