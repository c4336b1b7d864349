import type { EcrGrantRecord } from '../ecr-access/ecr-grant.ts';
import type { EcrRegistryPlace, EcrRepositoryStore } from '../ports/ecr-repositories.ts';
import { dynamoEcrLeases } from './dynamodb-ecr-leases.ts';
import { dynamoEcrPolicyVersions } from './dynamodb-ecr-policy-versions.ts';
import { placeOf } from './dynamodb-records.ts';
import { ecrRepositoryKeys as keys, recordOf, registryPrefix } from './ecr-repository-items.ts';
import type { Condition, FleetTable } from './fleet-table.ts';
import { mostOfCustomer, registryKeys } from './registry-keys.ts';
import { highest, readSlice } from './table-slice.ts';

export interface EcrRepositoryStoreOptions {
  readonly now: () => Date;
}

/** Repositories and their policies over the fleet's table: one item a repository, which its lease is a part of. */
export function createDynamoEcrRepositories(table: FleetTable, { now }: EcrRepositoryStoreOptions): EcrRepositoryStore {
  return { ...reads(table), ...looks(table), ...dynamoEcrLeases(table), ...dynamoEcrPolicyVersions(table, now) };
}

function reads(table: FleetTable) {
  return {
    async listGrants(customer, registry) {
      const items = await table.query({
        key: {
          expression: 'pk = :pk AND begins_with(sk, :prefix)',
          values: { ':pk': registryKeys.grant(customer, '').pk, ':prefix': registryKeys.grant(customer, '').sk },
        },
        // What was deleted has no spec any more.
        filter: {
          expression: 'spec.#registry.accountId = :accountId AND spec.#registry.#region = :region',
          names: { '#registry': 'registry', '#region': 'region' },
          values: { ':accountId': registry.accountId, ':region': registry.region },
        },
        limit: mostOfCustomer,
      });
      return items.flatMap((item) => placeOf<EcrGrantRecord>(item).record ?? []);
    },
    listRegistries: () => listRegistries(table),
    async get(address) {
      const item = await table.get(keys.repository(address));
      return item && recordOf(item);
    },
    async list({ customer, registry, grant }, request) {
      const prefix = registryPrefix(registry);
      const list = {
        partition: { name: 'pk', value: keys.repository({ customer, registry, repository: '' }).pk },
        range: { first: prefix, last: `${prefix}${highest}` },
        ...(grant === undefined ? {} : { filter: isAbout(grant) }),
      };
      const { items, next } = await readSlice(table, list, request);
      return { items: items.map(({ position, value }) => ({ position, value: recordOf(value) })), next };
    },
  } satisfies Partial<EcrRepositoryStore>;
}

/** What looks at whole registries came to; nothing is kept of one that was seen. */
function looks(table: FleetTable) {
  return {
    async getUnseen(place) {
      const item = await table.get(keys.unseen(place));
      const { since, code, detail } = item ?? {};
      return item && { since: String(since), code: String(code), detail: String(detail) };
    },
    async keepUnseen(place, { since, code, detail }) {
      await table.update(keys.unseen(place), {
        expression: 'SET since = if_not_exists(since, :since), code = :code, detail = :detail',
        condition: 'attribute_not_exists(pk) OR code <> :code OR detail <> :detail',
        values: { ':since': since, ':code': code, ':detail': detail },
      });
    },
    async forgetUnseen(place) {
      await table.delete(keys.unseen(place), { expression: 'attribute_exists(pk)' });
    },
  } satisfies Partial<EcrRepositoryStore>;
}

/** Of the grants' places in the index alone: no grant is read. */
async function listRegistries(table: FleetTable): ReturnType<EcrRepositoryStore['listRegistries']> {
  const found = new Map<string, EcrRegistryPlace>();
  const list = { index: 'fleet', partition: { name: 'listKind', value: 'ECRGRANT' } } as const;
  let after: string | undefined;
  do {
    const { items, next } = await readSlice(table, list, { after, limit: 1000 });
    for (const { position } of items) {
      const [customer = '', accountId = '', region = ''] = position.split('#');
      found.set(`${customer}#${accountId}#${region}`, { customer, registry: { accountId, region } });
    }
    after = next;
  } while (after !== undefined);
  return [...found.values()];
}

function isAbout(grant: string): Condition {
  return {
    expression: 'contains(grants, :grant) OR attribute_exists(results.#grant)',
    names: { '#grant': grant },
    values: { ':grant': grant },
  };
}
