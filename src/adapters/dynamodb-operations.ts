import type { Operation, OperationState } from '../operations/operation.ts';
import type { OperationStore, Transition } from '../ports/operation-store.ts';
import type { FleetTable, ItemKey } from './fleet-table.ts';

/** Found by its id alone, because that is all that its execution knows. */
function itemKey(id: string): ItemKey {
  return { pk: `OPERATION#${id}`, sk: 'OPERATION' };
}

/** Operations over the fleet's table; each state change is one conditional update. */
export function createDynamoOperations(table: FleetTable): OperationStore {
  const refusal = async (id: string): Promise<Transition> => {
    const present = await readOperation(table, id);
    return present ? { kind: 'refused', state: present.state } : { kind: 'refused' };
  };
  return {
    get: (id) => readOperation(table, id),
    async putIfAbsent(operation) {
      const isWritten = await table.put(
        { ...itemKey(operation.id), ...operation, open: 'OPEN' },
        { expression: 'attribute_not_exists(pk)' },
      );
      return { kind: isWritten ? 'written' : 'exists' };
    },
    async markRunning(id, at) {
      const isMade = await table.update(itemKey(id), {
        expression: 'SET #state = :running, heartbeatAt = :at, startedAt = if_not_exists(startedAt, :at)',
        condition: '#state IN (:pending, :running)',
        names: { '#state': 'state' },
        values: { ':running': 'RUNNING', ':pending': 'PENDING', ':at': at },
      });
      return isMade ? { kind: 'made' } : refusal(id);
    },
    async beginStep(id, { name, attempt, at }) {
      const isMade = await table.update(itemKey(id), {
        expression:
          'SET heartbeatAt = :at, steps.#step.#state = :running, steps.#step.attempt = :attempt, ' +
          'steps.#step.startedAt = if_not_exists(steps.#step.startedAt, :at)',
        condition: '#state = :running',
        names: { '#state': 'state', '#step': name },
        values: { ':running': 'RUNNING', ':attempt': attempt, ':at': at },
      });
      return isMade ? { kind: 'made' } : refusal(id);
    },
    async saveStep(id, name, step) {
      const hasEnded = step.state !== 'RUNNING';
      const isMade = await table.update(itemKey(id), {
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
      return isMade ? { kind: 'made' } : refusal(id);
    },
    async end(id, from, end) {
      const fromNames = from.map((_, index) => `:from${index}`);
      const isMade = await table.update(itemKey(id), {
        expression:
          'SET #state = :to, endedAt = :at' +
          (end.failure ? ', failure = :failure' : '') +
          (end.joined ? ', joined = :joined' : '') +
          ' REMOVE #open',
        condition: `#state IN (${fromNames.join(', ')})`,
        names: { '#state': 'state', '#open': 'open' },
        values: {
          ':to': end.state,
          ':at': end.at,
          ...(end.failure ? { ':failure': end.failure } : {}),
          ...(end.joined ? { ':joined': end.joined } : {}),
          ...Object.fromEntries(from.map((state: OperationState, index) => [`:from${index}`, state])),
        },
      });
      return isMade ? { kind: 'made' } : refusal(id);
    },
    async listOpen(limit) {
      const items = await table.query({
        index: 'open-operations',
        key: { expression: '#open = :open', names: { '#open': 'open' }, values: { ':open': 'OPEN' } },
        limit,
      });
      return items.map((item) => String(item['pk']).slice('OPERATION#'.length));
    },
  };
}

async function readOperation(table: FleetTable, id: string): Promise<Operation | undefined> {
  const item = await table.get(itemKey(id));
  if (!item) return undefined;
  const { pk: _pk, sk: _sk, open: _open, ...operation } = item;
  // Written by this file alone.
  return operation as { [K in keyof Operation]: Operation[K] };
}
