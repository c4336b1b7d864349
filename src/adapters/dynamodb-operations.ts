import { withFluxDefaults, withoutFluxDefaults } from '../flux-bootstrap/flux-options.ts';
import type { Operation } from '../operations/operation.ts';
import type { OperationStore, Transition } from '../ports/operation-store.ts';
import type { SliceRequest } from '../registry/page.ts';
import type { Condition, FleetTable, Item, ItemKey } from './fleet-table.ts';
import { keyOf, readSlice } from './table-slice.ts';
import type { TableList } from './table-slice.ts';

/** Found by its id alone, because that is all that its execution knows. */
function itemKey(id: string): ItemKey {
  return { pk: `OPERATION#${id}`, sk: 'OPERATION' };
}

/** Operations over the fleet's table; each state change is one conditional update. */
export function createDynamoOperations(table: FleetTable): OperationStore {
  return { ...items(table), ...lists(table), ...beginnings(table), ...endings(table), ...steps(table) };
}

function items(table: FleetTable) {
  return {
    get: (id) => readOperation(table, id),
    async putIfAbsent(operation) {
      const isWritten = await table.put(
        { ...itemKey(operation.id), ...contentOf(operation), ...placesOf(operation) },
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

function lists(table: FleetTable) {
  const read = async (list: Omit<TableList, 'isDescending'>, request: SliceRequest) => {
    const { items: keys, next } = await readSlice(table, { ...list, isDescending: true }, request);
    const found = await table.getAll(keys.map(({ value }) => keyOf(value)));
    const listed = keys.flatMap(({ position }, index) => {
      const item = found[index];
      return item ? [{ position, value: operationOf(item) }] : [];
    });
    return { items: listed, next };
  };
  return {
    list: (customer, request) =>
      read({ index: 'customer-operations', partition: { name: 'listOwner', value: customer } }, request),
    listAll: (request) => read({ index: 'fleet', partition: { name: 'listKind', value: 'OPERATION' } }, request),
  } satisfies Partial<OperationStore>;
}

function beginnings(table: FleetTable) {
  return {
    markAccepted(id, at) {
      return transition(table, id, {
        expression: 'SET acceptedAt = if_not_exists(acceptedAt, :at) ADD starts :one',
        condition: '#state = :pending',
        names: { '#state': 'state' },
        values: { ':pending': 'PENDING', ':at': at, ':one': 1 },
      });
    },
    markRunning(id, at) {
      return transition(table, id, {
        expression: 'SET #state = :running, heartbeatAt = :at, startedAt = if_not_exists(startedAt, :at)',
        condition: '#state IN (:pending, :running)',
        names: { '#state': 'state' },
        values: { ':running': 'RUNNING', ':pending': 'PENDING', ':at': at },
      });
    },
  } satisfies Partial<OperationStore>;
}

function endings(table: FleetTable) {
  return {
    requestCancel(id, { at, caller, requestId }) {
      return transition(table, id, {
        expression: 'SET #state = :cancelling, cancelRequest = :request',
        condition: '#state IN (:pending, :running, :merge, :registration)',
        names: { '#state': 'state' },
        values: {
          ':cancelling': 'CANCELLING',
          ':request': { at, caller, requestId },
          ...{ ':pending': 'PENDING', ':running': 'RUNNING' },
          ...{ ':merge': 'AWAITING_MERGE', ':registration': 'AWAITING_REGISTRATION' },
        },
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
        condition:
          `#state IN (${Object.keys(fromValues).join(', ')})` +
          // Whoever saw the cluster in other hands may be slow: by now it can be this one's.
          (end.state === 'REJECTED' ? ' AND attribute_not_exists(acceptedAt)' : ''),
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
    async beginStep(id, step) {
      if (step.attempt === 1) return enterStep(table, id, step);
      const again = await transition(table, id, {
        expression: 'SET heartbeatAt = :at, steps.#step.#state = :running, steps.#step.attempt = :attempt',
        condition: '#state = :running AND attribute_exists(steps.#step)',
        names: { '#state': 'state', '#step': step.name },
        values: { ':running': 'RUNNING', ':attempt': step.attempt, ':at': step.at },
      });
      // The first attempt may have died before it could say that it began.
      const isNew = again.kind === 'refused' && again.state === 'RUNNING';
      return isNew ? enterStep(table, id, step) : again;
    },
    saveStep(id, name, step) {
      const hasEnded = step.state !== 'RUNNING';
      return transition(table, id, {
        expression:
          'SET heartbeatAt = :at, steps.#step.#state = :stepState, steps.#step.attempt = :attempt' +
          (hasEnded ? ', steps.#step.endedAt = :at' : '') +
          (step.evidence ? ', steps.#step.evidence = :evidence' : '') +
          (step.postponed ? ', steps.#step.postponed = :postponed' : '') +
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
          ...(step.postponed ? { ':postponed': step.postponed } : {}),
          ...(step.lastProblem ? { ':problem': step.lastProblem } : {}),
        },
      });
    },
  } satisfies Partial<OperationStore>;
}

/** A step is in the item once it has begun: until then it would only make each write dearer. */
function enterStep(
  table: FleetTable,
  id: string,
  { name, attempt, at }: Parameters<OperationStore['beginStep']>[1],
): Promise<Transition> {
  return transition(table, id, {
    expression: 'SET heartbeatAt = :at, steps.#step = :step',
    condition: '#state = :running',
    names: { '#state': 'state', '#step': name },
    values: { ':running': 'RUNNING', ':at': at, ':step': { state: 'RUNNING', attempt, startedAt: at } },
  });
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
  return item && operationOf(item);
}

/** In the index of open operations, and in the lists of the fleet and of its customer. */
function placesOf({ id, customer, createdAt }: Operation) {
  return { open: 'OPEN', listKind: 'OPERATION', listOwner: customer, listKey: `${createdAt}/${id}` };
}

/**
 * Without the options that are Flux's defaults: each write is paid by the kilobyte, and most operations fit into one.
 * Whatever reads an operation runs on the version that wrote it (an execution stays on its version), or only shows it.
 */
function contentOf(operation: Operation) {
  if (operation.kind !== 'bootstrap-cluster') return operation;
  const { snapshot } = operation;
  return { ...operation, snapshot: { ...snapshot, flux: withoutFluxDefaults(snapshot.flux) } };
}

function operationOf(item: Item): Operation {
  const { pk: _pk, sk: _sk, open: _open, listKind: _kind, listOwner: _owner, listKey: _key, ...content } = item;
  // Written by this file alone.
  const operation = content as Item & Operation;
  if (operation.kind !== 'bootstrap-cluster') return operation;
  const { snapshot } = operation;
  return { ...operation, snapshot: { ...snapshot, flux: withFluxDefaults(snapshot.flux) } };
}
