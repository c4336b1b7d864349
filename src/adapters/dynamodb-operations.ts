import type { Operation } from '../operations/operation.ts';
import type { OperationStore, Transition } from '../ports/operation-store.ts';
import type { Condition, FleetTable, ItemKey } from './fleet-table.ts';

/** Found by its id alone, because that is all that its execution knows. */
function itemKey(id: string): ItemKey {
  return { pk: `OPERATION#${id}`, sk: 'OPERATION' };
}

/** Operations over the fleet's table; each state change is one conditional update. */
export function createDynamoOperations(table: FleetTable): OperationStore {
  return { ...items(table), ...transitions(table), ...steps(table) };
}

function items(table: FleetTable) {
  return {
    get: (id) => readOperation(table, id),
    async putIfAbsent(operation) {
      const isWritten = await table.put(
        { ...itemKey(operation.id), ...operation, open: 'OPEN' },
        { expression: 'attribute_not_exists(pk)' },
      );
      return { kind: isWritten ? 'written' : 'exists' };
    },
    async close(id) {
      await table.update(itemKey(id), {
        expression: 'REMOVE #open',
        condition: 'attribute_exists(pk)',
        names: { '#open': 'open' },
      });
    },
    async listOpen(limit) {
      const found = await table.query({
        index: 'open-operations',
        key: { expression: '#open = :open', names: { '#open': 'open' }, values: { ':open': 'OPEN' } },
        limit,
      });
      return found.map((item) => String(item['pk']).slice('OPERATION#'.length));
    },
  } satisfies Partial<OperationStore>;
}

function transitions(table: FleetTable) {
  return {
    markRunning(id, at) {
      return transition(table, id, {
        expression: 'SET #state = :running, heartbeatAt = :at, startedAt = if_not_exists(startedAt, :at)',
        condition: '#state IN (:pending, :running)',
        names: { '#state': 'state' },
        values: { ':running': 'RUNNING', ':pending': 'PENDING', ':at': at },
      });
    },
    end(id, from, end) {
      const fromValues = Object.fromEntries(from.map((state, index) => [`:from${index}`, state]));
      return transition(table, id, {
        expression:
          'SET #state = :to, endedAt = :at' +
          (end.failure ? ', failure = :failure' : '') +
          (end.joined ? ', joined = :joined' : '') +
          // One that was rejected never had its cluster; any other is open until its cluster is free.
          (end.state === 'REJECTED' ? ' REMOVE #open' : ''),
        condition: `#state IN (${Object.keys(fromValues).join(', ')})`,
        names: { '#state': 'state', ...(end.state === 'REJECTED' ? { '#open': 'open' } : {}) },
        values: {
          ':to': end.state,
          ':at': end.at,
          ...(end.failure ? { ':failure': end.failure } : {}),
          ...(end.joined ? { ':joined': end.joined } : {}),
          ...fromValues,
        },
      });
    },
  } satisfies Partial<OperationStore>;
}

function steps(table: FleetTable) {
  return {
    beginStep(id, { name, attempt, at }) {
      return transition(table, id, {
        expression:
          'SET heartbeatAt = :at, steps.#step.#state = :running, steps.#step.attempt = :attempt, ' +
          'steps.#step.startedAt = if_not_exists(steps.#step.startedAt, :at)',
        condition: '#state = :running',
        names: { '#state': 'state', '#step': name },
        values: { ':running': 'RUNNING', ':attempt': attempt, ':at': at },
      });
    },
    saveStep(id, name, step) {
      const hasEnded = step.state !== 'RUNNING';
      return transition(table, id, {
        expression:
          'SET heartbeatAt = :at, steps.#step.#state = :stepState, steps.#step.attempt = :attempt' +
          (hasEnded ? ', steps.#step.endedAt = :at' : '') +
          (step.evidence ? ', steps.#step.evidence = :evidence' : '') +
          (step.lastProblem ? ', steps.#step.lastProblem = :problem' : ' REMOVE steps.#step.lastProblem'),
        // A late write of an invocation that everybody took for dead must not touch what has ended.
        condition: '#state IN (:running, :cancelling)',
        names: { '#state': 'state', '#step': name },
        values: {
          ':running': 'RUNNING',
          ':cancelling': 'CANCELLING',
          ':stepState': step.state,
          ':attempt': step.attempt,
          ':at': step.at,
          ...(step.evidence ? { ':evidence': step.evidence } : {}),
          ...(step.lastProblem ? { ':problem': step.lastProblem } : {}),
        },
      });
    },
  } satisfies Partial<OperationStore>;
}

/** One conditional update; where its condition did not hold, the state that the operation has instead. */
async function transition(
  table: FleetTable,
  id: string,
  update: Condition & { readonly condition: string },
): Promise<Transition> {
  if (await table.update(itemKey(id), update)) return { kind: 'made' };
  const present = await readOperation(table, id);
  return present ? { kind: 'refused', state: present.state } : { kind: 'refused' };
}

async function readOperation(table: FleetTable, id: string): Promise<Operation | undefined> {
  const item = await table.get(itemKey(id));
  if (!item) return undefined;
  const { pk: _pk, sk: _sk, open: _open, ...operation } = item;
  // Written by this file alone.
  return operation as { [K in keyof Operation]: Operation[K] };
}
