import type {
  EcrLease,
  EcrRepositoryAddress,
  EcrRepositoryRecord,
  EcrRepositoryStore,
  LeaseOutcome,
} from '../ports/ecr-repositories.ts';
import { ecrRepositoryKeys as keys, recordOf } from './ecr-repository-items.ts';
import type { FleetTable } from './fleet-table.ts';

/** Who works at a repository, and what that came to. No clock decides about a lease. */
export function dynamoEcrLeases(table: FleetTable) {
  return {
    lease: (address, lease, instead) => takeLease(table, { address, lease, instead }),
    announce(address, lease, grants) {
      return table.update(keys.repository(address), {
        // Without a new grant it writes what is there: the answer counts, which says that the lease holds.
        expression: `SET leaseToken = :token${grants.length > 0 ? ' ADD grants :grants' : ''}`,
        condition: isMine,
        values: { ...valuesOf(lease), ...(grants.length > 0 ? { ':grants': new Set(grants) } : {}) },
      });
    },
    async showDrift(record, at) {
      const drifted = Object.entries(record.results).flatMap(([grant, result]) =>
        result?.state === 'APPLIED' ? [[grant, { state: 'DRIFTED', at }] as const] : [],
      );
      await table.update(keys.repository(record), {
        expression: 'SET results = :results',
        condition: 'attribute_not_exists(leasedBy) AND documentHash = :hash AND doneBy = :doneBy',
        values: {
          ':results': { ...record.results, ...Object.fromEntries(drifted) },
          ':hash': record.documentHash ?? '',
          ':doneBy': record.doneBy ?? '',
        },
      });
    },
    async release(address, lease, done) {
      const kept = keeping(done);
      const isReleased = await table.update(keys.repository(address), {
        expression:
          `SET doneBy = :me, doneToken = :token, ${kept.set.join(', ')}` +
          ` REMOVE ${['leasedBy', 'leaseToken', ...kept.remove].join(', ')}`,
        condition: isMine,
        values: { ...valuesOf(lease), ...kept.values },
      });
      if (isReleased) return true;
      // The answer may have been lost, and somebody else may have the repository by now.
      const item = await table.get(keys.repository(address));
      return item?.['doneBy'] === lease.operationId && item['doneToken'] === lease.token;
    },
    async letGo(address, lease) {
      await table.update(keys.repository(address), {
        expression: 'REMOVE leasedBy, leaseToken',
        condition: isMine,
        values: valuesOf(lease),
      });
    },
  } satisfies Partial<EcrRepositoryStore>;
}

const isMine = 'leasedBy = :me AND leaseToken = :token';

function valuesOf({ operationId, token }: EcrLease) {
  return { ':me': operationId, ':token': token };
}

/** All that was kept before is replaced, so that nothing stays of grants that are gone. DynamoDB knows no empty set. */
function keeping({ grants, results, documentHash }: Parameters<EcrRepositoryStore['release']>[2]) {
  const hasGrants = grants.length > 0;
  const hasHash = documentHash !== undefined;
  return {
    set: [
      'results = :results',
      ...(hasGrants ? ['grants = :grants'] : []),
      ...(hasHash ? ['documentHash = :hash'] : []),
    ],
    remove: [...(hasGrants ? [] : ['grants']), ...(hasHash ? [] : ['documentHash'])],
    values: {
      ':results': shortened(results),
      ...(hasGrants ? { ':grants': new Set(grants) } : {}),
      ...(hasHash ? { ':hash': documentHash } : {}),
    },
  };
}

interface WantedLease {
  readonly address: EcrRepositoryAddress;
  readonly lease: EcrLease;
  readonly instead: string | undefined;
}

/** The one update that makes an item: what is leased need not be known before. */
async function takeLease(table: FleetTable, wanted: WantedLease): Promise<LeaseOutcome> {
  const { address, lease, instead } = wanted;
  const key = keys.repository(address);
  await table.update(key, {
    expression: 'SET leasedBy = :me, leaseToken = :token',
    // Free, mine (with an earlier token, or with this one, and the answer was lost), or held by one that has ended.
    condition: 'attribute_not_exists(leasedBy) OR leasedBy IN (:me, :instead)',
    values: { ...valuesOf(lease), ':instead': instead ?? lease.operationId },
  });
  // What counts is who has it now: a later attempt, or another operation, may have taken it from this one already.
  const item = await table.get(key);
  const { leasedBy, leaseToken } = item ?? {};
  // Whoever was in the way has let go of it just now.
  if (!item || typeof leasedBy !== 'string') return takeLease(table, wanted);
  const isLeased = leasedBy === lease.operationId && leaseToken === lease.token;
  return isLeased ? { kind: 'leased', record: recordOf(item) } : { kind: 'held', operationId: leasedBy };
}

/** So that a repository with very many grants fits into its item, whatever was refused of them. */
const longestDetail = 300;

function shortened(results: EcrRepositoryRecord['results']): EcrRepositoryRecord['results'] {
  return Object.fromEntries(
    Object.entries(results).map(([grant, result]) => [
      grant,
      result?.detail === undefined ? result : { ...result, detail: result.detail.slice(0, longestDetail) },
    ]),
  );
}
