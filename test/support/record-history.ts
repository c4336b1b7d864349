/** What really became of customers, accounts and clusters: every write that the table took. */
import { expect } from 'vitest';
import type { FleetTable, Item, ItemKey } from '../../src/adapters/fleet-table.ts';
import type { ShownEvent } from './shown-events.ts';

export interface RecordWrite {
  /** `CUSTOMER`, `ACCOUNT#…` or `CLUSTER#…`. */
  readonly record: string;
  readonly customer: string;
  readonly version: number;
  readonly changedBy: string;
  /** Absent: deleted. */
  readonly spec?: object;
}

/** The table, and the writes to records that it took, in their order. */
export function withRecordHistory(table: FleetTable): { readonly table: FleetTable; readonly history: RecordWrite[] } {
  const history: RecordWrite[] = [];
  return {
    history,
    table: {
      ...table,
      async put(item, condition) {
        const isWritten = await table.put(item, condition);
        if (isWritten && /^(CUSTOMER$|ACCOUNT#|CLUSTER#)/.test(item.sk)) history.push(writeOf(item));
        return isWritten;
      },
    },
  };
}

function writeOf({ pk, sk, version, changedBy, spec }: ItemKey & Item): RecordWrite {
  const write = {
    record: sk,
    customer: pk.slice('CUSTOMER#'.length),
    version: Number(version),
    changedBy: String(changedBy),
  };
  return spec === undefined ? write : { ...write, spec: spec as object };
}

const kinds = { CUSTOMER: 'customer', ACCOUNT: 'account', CLUSTER: 'cluster' } as const;

/** The events of these writes, as the audit log must show them; of what was deleted, `after` is for the test to say. */
export function eventsOf(history: readonly RecordWrite[]): readonly Partial<ShownEvent>[] {
  return history.map(({ record, customer, version, changedBy, spec }) => {
    const earlier = history.find((other) => other.record === record && other.version === version - 1);
    const [kind = '', id] = record.split('#');
    const verb = spec === undefined ? 'deleted' : earlier?.spec === undefined ? 'created' : 'updated';
    const base = `/v1/customers/${customer}`;
    return {
      id: changedBy,
      type: `${kinds[kind as keyof typeof kinds]}.${verb}`,
      resource: id === undefined ? base : `${base}/${kinds[kind as keyof typeof kinds]}s/${id}`,
      before: earlier?.spec,
      ...(spec === undefined ? {} : { after: spec }),
    };
  });
}

/** Versions of each record follow each other without a gap: the history is one line. */
export function expectOneLine(history: readonly RecordWrite[]): void {
  const last = new Map<string, number>();
  for (const { customer, record, version } of history) {
    const before = last.get(`${customer}/${record}`);
    if (before !== undefined) expect(version, `${record} after ${before}`).toBe(before + 1);
    last.set(`${customer}/${record}`, version);
  }
}
