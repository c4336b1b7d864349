import type { EcrPolicyVersion, EcrRepositoryStore } from '../ports/ecr-repositories.ts';
import { ecrRepositoryKeys as keys } from './ecr-repository-items.ts';
import type { FleetTable, Item } from './fleet-table.ts';
import { readSlice } from './table-slice.ts';

const keptSeconds = 90 * 24 * 60 * 60;

/** Policies as they were before our writes. An expiry counts when it is read; DynamoDB's TTL only tidies up. */
export function dynamoEcrPolicyVersions(table: FleetTable, now: () => Date) {
  const isKept = (item: Item) => Number(item['expiresAt']) > now().getTime() / 1000;
  return {
    async keepVersion(version) {
      const expiresAt = Math.floor(Date.parse(version.at) / 1000) + keptSeconds;
      // Kept already is success: what an id was given for does not change.
      await table.put(
        { ...keys.policyVersion(version, version.id), ...version, expiresAt },
        { expression: 'attribute_not_exists(pk)' },
      );
    },
    async getVersion(address, id) {
      const item = await table.get(keys.policyVersion(address, id));
      return item && isKept(item) ? versionOf(item) : undefined;
    },
    async listVersions(address, request) {
      const partition = { name: 'pk', value: keys.policyVersion(address, '').pk };
      const { items, next } = await readSlice(table, { partition, isDescending: true }, request);
      const kept = items.filter(({ value }) => isKept(value));
      return { items: kept.map(({ position, value }) => ({ position, value: versionOf(value) })), next };
    },
  } satisfies Partial<EcrRepositoryStore>;
}

function versionOf(item: Item): EcrPolicyVersion {
  const { pk: _pk, sk: _sk, expiresAt: _expiresAt, ...version } = item;
  // Written by this file alone, so its shape is known.
  return version as { [K in keyof EcrPolicyVersion]: EcrPolicyVersion[K] };
}
