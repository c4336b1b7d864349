import type { Registry, UniqueOutcome } from '../ports/registry.ts';
import { dynamoLists } from './dynamodb-lists.ts';
import { dynamoRecords } from './dynamodb-records.ts';
import { dynamoRuntimes } from './dynamodb-runtimes.ts';
import type { FleetTable } from './fleet-table.ts';
import { registryKeys as keys } from './registry-keys.ts';

/** The registry over the fleet's table. */
export function createDynamoRegistry(table: FleetTable): Registry {
  return { ...dynamoRecords(table), ...dynamoLists(table), ...dynamoRuntimes(table), ...names(table) };
}

function names(table: FleetTable) {
  return {
    async takeUnique(name, owner, { now, instead }): Promise<UniqueOutcome> {
      const isMine = await table.put(
        { ...keys.unique(name), owner, takenAt: now },
        {
          expression: 'attribute_not_exists(pk) OR #owner = :me OR (#owner = :stale AND takenAt = :staleSince)',
          names: { '#owner': 'owner' },
          values: { ':me': owner, ':stale': instead?.owner ?? owner, ':staleSince': instead?.takenAt ?? now },
        },
      );
      if (isMine) return { kind: 'mine' };
      const item = await table.get(keys.unique(name));
      return { kind: 'taken', owner: textOf(item?.['owner']) ?? '', takenAt: textOf(item?.['takenAt']) ?? now };
    },
    async freeUnique(name, owner, since) {
      await table.delete(keys.unique(name), {
        // Not one that the owner has taken back since: a slow request must not free what a later one relies on.
        expression: '#owner = :me AND takenAt <= :since',
        names: { '#owner': 'owner' },
        values: { ':me': owner, ':since': since },
      });
    },
    async keepDigest(name, digest) {
      const isFirst = await table.put({ ...keys.digest(name), digest }, { expression: 'attribute_not_exists(pk)' });
      if (isFirst) return digest;
      const item = await table.get(keys.digest(name));
      return textOf(item?.['digest']) ?? '';
    },
    async findDigest(name) {
      const item = await table.get(keys.digest(name));
      return textOf(item?.['digest']);
    },
  } satisfies Partial<Registry>;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
