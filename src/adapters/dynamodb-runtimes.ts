import type { ClusterRuntime } from '../clusters/cluster.ts';
import type { FinishedOperation, Leaving } from '../operations/leavings.ts';
import type { Registry, RetireOutcome } from '../ports/registry.ts';
import type { Condition, FleetTable, Item } from './fleet-table.ts';
import { mostOfCustomer, registryKeys as keys } from './registry-keys.ts';

/** What we know of clusters, and who works on them. */
export function dynamoRuntimes(table: FleetTable) {
  return { ...items(table), ...holding(table) } satisfies Partial<Registry>;
}

function items(table: FleetTable) {
  return {
    getRuntime: async (customer, cluster) => runtimeOf(await table.get(keys.runtime(customer, cluster))),
    async listRuntimes(customer) {
      const found = await table.query({
        key: {
          expression: 'pk = :pk AND begins_with(sk, :prefix)',
          values: { ':pk': keys.runtime(customer, '').pk, ':prefix': keys.runtime(customer, '').sk },
        },
        limit: mostOfCustomer,
      });
      return found.flatMap((item) => runtimeOf(item) ?? []);
    },
    async createRuntime(customer, cluster, version) {
      const key = keys.runtime(customer, cluster);
      if (await table.put({ ...key, customer, cluster }, { expression: 'attribute_not_exists(pk)' })) return;
      await table.update(key, {
        // What the cluster that had the id may still read stays known.
        expression: 'REMOVE retiredVersion, lastOperation, leavings, observation, #result',
        condition: 'retiredVersion < :version',
        names: { '#result': 'result' },
        values: { ':version': version },
      });
    },
    async recordObservation(customer, cluster, observation) {
      await table.update(keys.runtime(customer, cluster), {
        expression: 'SET observation = :observation',
        condition: 'attribute_exists(pk) AND attribute_not_exists(retiredVersion)',
        values: { ':observation': observation },
      });
    },
    async reinstate(customer, cluster, version) {
      await table.update(keys.runtime(customer, cluster), {
        expression: 'REMOVE retiredVersion',
        condition: 'retiredVersion < :version',
        values: { ':version': version },
      });
    },
    retire: (runtime) => retire(table, runtime),
  } satisfies Partial<Registry>;
}

async function retire(table: FleetTable, wanted: Parameters<Registry['retire']>[0]): Promise<RetireOutcome> {
  const key = keys.runtime(wanted.customer, wanted.cluster);
  const isRetired = await table.update(key, {
    expression: 'SET retiredVersion = :version',
    condition:
      'attribute_exists(pk) AND attribute_not_exists(claimedBy) AND ' +
      '(attribute_not_exists(retiredVersion) OR retiredVersion <= :version)' +
      (wanted.abandon ? '' : ' AND attribute_not_exists(leavings)'),
    values: { ':version': wanted.version },
  });
  if (isRetired) return { kind: 'retired' };
  const item = await table.get(key);
  const runtime = runtimeOf(item);
  // A cluster that never got its runtime has nothing that could be in the way; nor has a later record that is going.
  if (!runtime || Number(item?.['retiredVersion'] ?? 0) > wanted.version) return { kind: 'retired' };
  if (runtime.claimedBy !== undefined) return { kind: 'held', operationId: runtime.claimedBy };
  // Nothing is in the way any more: its holder has let go of it just now.
  if (wanted.abandon || runtime.leavings.length === 0) return retire(table, wanted);
  return { kind: 'not-empty', leavings: runtime.leavings };
}

function holding(table: FleetTable) {
  return {
    async claim({ customer, operationId, instead, ...subject }) {
      const key = keys.subject(customer, subject);
      const kept = instead?.finished === undefined ? nothingKept : keeping(instead.finished);
      const isClaimed = await table.update(key, {
        expression: `SET claimedBy = :me${kept.expression}`,
        // Exists, and is free, mine already (the answer was lost), or held by one that is known to have ended.
        condition:
          ('cluster' in subject ? 'attribute_exists(pk) AND attribute_not_exists(retiredVersion) AND ' : '') +
          '(attribute_not_exists(claimedBy) OR claimedBy = :me OR claimedBy = :instead)',
        values: { ':me': operationId, ':instead': instead?.id ?? operationId, ...kept.values },
      });
      if (isClaimed) return { kind: 'claimed' };
      const runtime = runtimeOf(await table.get(key));
      if (!runtime || runtime.isRetired) return { kind: 'no-such-cluster' };
      return { kind: 'held', operationId: runtime.claimedBy ?? '' };
    },
    async release({ customer, operationId, finished, ...subject }) {
      const kept = finished === undefined ? nothingKept : keeping(finished);
      await table.update(keys.subject(customer, subject), {
        expression: `REMOVE claimedBy${kept.expression.replace(',', ' SET')}`,
        condition: 'claimedBy = :me',
        values: { ':me': operationId, ...kept.values },
      });
    },
    async getHolding(customer, subject) {
      const { claimedBy, lastOperation } = runtimeOf(await table.get(keys.subject(customer, subject))) ?? {};
      return { claimedBy, lastOperation };
    },
    async recordResult({ customer, cluster, operationId }, result) {
      const isWritten = await table.update(keys.runtime(customer, cluster), {
        expression: 'SET #result = :result',
        condition: 'claimedBy = :me',
        names: { '#result': 'result' },
        values: { ':me': operationId, ':result': result },
      });
      return { kind: isWritten ? 'written' : 'changed' };
    },
  } satisfies Partial<Registry>;
}

const nothingKept = { expression: '', values: {} } satisfies Condition;

/** Goes on after a SET. Leavings are added to those of earlier operations; DynamoDB knows no empty set. */
function keeping({ leavings, readsFrom, mayStillRead = [], ...finished }: FinishedOperation) {
  // Whoever succeeded has moved the cluster to its repository; of any other it is not known. Where keys may be left, the
  // next bootstrap has to look again.
  const isMoved = readsFrom !== undefined && finished.state === 'SUCCEEDED';
  const added = [
    ...(leavings.length > 0 ? ['leavings :leavings'] : []),
    ...(readsFrom !== undefined && !isMoved ? ['repositories :repositories'] : []),
  ];
  return {
    expression:
      `, lastOperation = :finished${isMoved ? ', repositories = :repositories' : ''}` +
      (added.length > 0 ? ` ADD ${added.join(', ')}` : ''),
    values: {
      ':finished': finished,
      ...(leavings.length > 0 ? { ':leavings': new Set(leavings) } : {}),
      ...(readsFrom === undefined ? {} : { ':repositories': new Set([readsFrom, ...mayStillRead]) }),
    },
  };
}

type Kept = Omit<ClusterRuntime, 'leavings' | 'repositories' | 'isRetired' | 'retiredVersion'>;

export function runtimeOf(item: Item | undefined): ClusterRuntime | undefined {
  if (!item) return undefined;
  const { pk: _pk, sk: _sk, leavings, repositories, retiredVersion, ...runtime } = item;
  return {
    // Written by this file alone, so its shape is known.
    ...(runtime as { [K in keyof Kept]: Kept[K] }),
    leavings: leavings instanceof Set ? [...(leavings as ReadonlySet<Leaving>)].toSorted() : [],
    repositories: repositories instanceof Set ? [...(repositories as ReadonlySet<string>)].toSorted() : [],
    isRetired: retiredVersion !== undefined,
    ...(retiredVersion === undefined ? {} : { retiredVersion: Number(retiredVersion) }),
  };
}
