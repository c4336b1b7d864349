import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDynamoOperations } from '../../src/adapters/dynamodb-operations.ts';
import type { FleetTable } from '../../src/adapters/fleet-table.ts';
import { isTerminal } from '../../src/operations/operation.ts';
import type { OperationState } from '../../src/operations/operation.ts';
import type { OperationStore } from '../../src/ports/operation-store.ts';
import { losingAnswers } from '../support/fleet-table.ts';
import { operationInState, setState } from '../support/operations.ts';
import { beginnings } from './operation-store-beginnings.ts';
import { cancelling } from './operation-store-cancelling.ts';
import { operationLists } from './operation-store-lists.ts';

/** What the operation store promises (src/ports/operation-store.ts); each test has a table of its own. */
export function operationStoreContract(name: string, makeTable: () => Promise<FleetTable>): void {
  describe(`operation store: ${name}`, () => {
    let table: FleetTable;
    beforeEach(async () => {
      table = await makeTable();
    });
    const given = () => ({ table, store: createDynamoOperations(table) });
    describe('items', () => {
      items(given);
    });
    describe('transitions', () => {
      transitions(given);
    });
    describe('cancelling', () => {
      cancelling(given);
    });
    describe('beginnings of steps', () => {
      beginnings(given);
    });
    describe('lists', () => {
      operationLists(given);
    });
    describe('steps', () => {
      steps(given);
    });
    describe('for ever', () => {
      forEver(given);
    });
    describe('answers lost', () => {
      lostAnswers(() => ({ table, store: createDynamoOperations(losingAnswers(table)) }));
    });
  });
}

type Given = () => { readonly table: FleetTable; readonly store: OperationStore };

const at = '2027-01-01T00:00:00.000Z';
const later = '2027-01-01T00:01:00.000Z';
const problem = { code: 'api-server-unreachable', detail: 'no answer', at };

function items(given: Given): void {
  it('are written once and read as they are', async () => {
    const { store } = given();
    const operation = operationInState('PENDING');

    expect(await store.putIfAbsent(operation)).toEqual({ kind: 'written' });
    expect(await store.putIfAbsent({ ...operation, caller: 'another' })).toEqual({ kind: 'exists' });

    expect(await store.get(operation.id)).toEqual(operation);
    expect(await store.get('op-unknown')).toBeUndefined();
  });
}

function transitions(given: Given): void {
  it('bring PENDING to RUNNING, once or twice', async () => {
    const { store } = given();
    const { id } = await put(store);

    expect(await store.markRunning(id, at)).toEqual({ kind: 'made' });
    expect(await store.markRunning(id, later)).toEqual({ kind: 'made' });

    expect(await store.get(id)).toMatchObject({ state: 'RUNNING', startedAt: at, heartbeatAt: later });
  });

  it('say what they found instead', async () => {
    const { store, table } = given();
    const { id } = await put(store);
    await setState(table, id, 'CANCELLING');

    expect(await store.markRunning(id, at)).toEqual({ kind: 'refused', state: 'CANCELLING' });
    expect(await store.end(id, ['RUNNING'], { state: 'SUCCEEDED', at })).toEqual({
      kind: 'refused',
      state: 'CANCELLING',
    });
    expect(await store.markRunning('op-unknown', at)).toEqual({ kind: 'refused' });
    expect(await store.get('op-unknown')).toBeUndefined();
  });

  it('to an end keep its reason and its time', async () => {
    const { store } = given();
    const { id } = await put(store);
    await store.markRunning(id, at);
    const failure = {
      step: 'preflight',
      code: 'cluster-not-found',
      detail: 'none',
      retryable: false,
      remedies: ['look'],
    };

    expect(await store.end(id, ['RUNNING', 'CANCELLING'], { state: 'FAILED', at: later, failure })).toEqual({
      kind: 'made',
    });

    expect(await store.get(id)).toMatchObject({ state: 'FAILED', endedAt: later, failure });
  });

  it('to REJECTED keep the operation that was joined', async () => {
    const { store } = given();
    const { id } = await put(store);

    await store.end(id, ['PENDING'], { state: 'REJECTED', at, joined: 'op-other' });

    expect(await store.get(id)).toMatchObject({ state: 'REJECTED', joined: 'op-other' });
  });
}

function steps(given: Given): void {
  it('begin while the operation is RUNNING and at no other time', async () => {
    const { store, table } = given();
    const { id } = await put(store);

    expect(await store.beginStep(id, { name: 'preflight', attempt: 1, at })).toMatchObject({ state: 'PENDING' });
    await store.markRunning(id, at);
    expect(await store.beginStep(id, { name: 'preflight', attempt: 1, at })).toEqual({ kind: 'made' });
    await setState(table, id, 'CANCELLING');
    expect(await store.beginStep(id, { name: 'preflight', attempt: 2, at })).toMatchObject({ state: 'CANCELLING' });

    expect((await store.get(id))?.steps['preflight']).toEqual({ state: 'RUNNING', attempt: 1, startedAt: at });
  });

  it('keep the time of their first attempt, and the problem of the last one only', async () => {
    const { store } = given();
    const { id } = await put(store);
    await store.markRunning(id, at);
    await store.beginStep(id, { name: 'record', attempt: 1, at });
    await store.saveStep(id, 'record', { state: 'RUNNING', attempt: 1, at, lastProblem: problem });
    expect((await store.get(id))?.steps['record']).toMatchObject({ lastProblem: problem });

    await store.beginStep(id, { name: 'record', attempt: 2, at: later });
    await store.saveStep(id, 'record', { state: 'SUCCEEDED', attempt: 2, at: later, evidence: { commit: 'c0ffee' } });

    const operation = await store.get(id);
    expect(operation?.heartbeatAt).toBe(later);
    expect(operation?.steps['record']).toEqual({
      ...{ state: 'SUCCEEDED', attempt: 2, startedAt: at, endedAt: later },
      evidence: { commit: 'c0ffee' },
    });
    expect(operation?.steps['preflight']).toEqual({ state: 'PENDING', attempt: 0 });
  });

  it('are saved while the operation is being cancelled, and not once it has ended', async () => {
    const { store, table } = given();
    const { id } = await put(store);
    await store.markRunning(id, at);
    await setState(table, id, 'CANCELLING');

    expect(await store.saveStep(id, 'record', { state: 'SUCCEEDED', attempt: 1, at })).toEqual({ kind: 'made' });
    await store.end(id, ['CANCELLING'], { state: 'CANCELLED', at });
    const ended = await store.get(id);
    expect(await store.saveStep(id, 'record', { state: 'FAILED', attempt: 2, at: later })).toMatchObject({
      state: 'CANCELLED',
    });

    expect(await store.get(id)).toEqual(ended);
  });
}

const states = [
  'PENDING',
  'RUNNING',
  'CANCELLING',
  'SUCCEEDED',
  'FAILED',
  'CANCELLED',
  'REJECTED',
] as const satisfies OperationState[];
const ends = ['SUCCEEDED', 'FAILED', 'CANCELLED', 'REJECTED'] as const;
/** What the product itself asks of `end`: it never names a state that has ended. */
const open = states.filter((state) => !isTerminal(state));

const action = fc.oneof(
  fc.record({ kind: fc.constant('run' as const) }),
  fc.record({ kind: fc.constant('begin' as const), attempt: fc.integer({ min: 1, max: 3 }) }),
  fc.record({
    kind: fc.constant('save' as const),
    state: fc.constantFrom('RUNNING' as const, 'SUCCEEDED' as const, 'FAILED' as const),
  }),
  fc.record({
    kind: fc.constant('end' as const),
    from: fc.subarray(open, { minLength: 1 }),
    state: fc.constantFrom(...ends),
  }),
  fc.record({ kind: fc.constantFrom('put' as const, 'cancel' as const) }),
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

function perform(store: OperationStore, id: string, step: Action): Promise<unknown> {
  switch (step.kind) {
    case 'run':
      return store.markRunning(id, later);
    case 'begin':
      return store.beginStep(id, { name: 'preflight', attempt: step.attempt, at: later });
    case 'save':
      return store.saveStep(id, 'preflight', { state: step.state, attempt: 1, at: later, lastProblem: problem });
    case 'end':
      return store.end(id, step.from, { state: step.state, at: later });
    case 'cancel':
      return store.requestCancel(id, { at: later, caller: 'another' });
    case 'put':
      return store.putIfAbsent({ ...operationInState('PENDING'), id });
  }
}

function forEver(given: Given): void {
  it('an operation that has ended stays as it is, whatever is asked of it', async () => {
    const { store } = given();
    let runs = 0;

    const property = fc.asyncProperty(
      fc.constantFrom(...ends),
      fc.array(action, { maxLength: 8 }),
      async (end, actions) => {
        runs += 1;
        const { id } = await put(store, `op-${runs}`);
        await store.markRunning(id, at);
        await store.end(id, ['RUNNING'], { state: end, at });
        const ended = await store.get(id);
        for (const step of actions) await perform(store, id, step);
        expect(await store.get(id)).toEqual(ended);
      },
    );
    await fc.assert(property, { numRuns: 15 });
  });

  it('an operation goes from open states to one end and no further', async () => {
    const { store } = given();
    let runs = 0;

    const property = fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 10 }), async (actions) => {
      runs += 1;
      const { id } = await put(store, `op-${runs}`);
      const seen: OperationState[] = ['PENDING'];
      for (const step of actions) {
        await perform(store, id, step);
        const state = (await store.get(id))?.state ?? 'PENDING';
        if (state !== seen.at(-1)) seen.push(state);
      }
      const firstEnd = seen.findIndex((state) => isTerminal(state));
      expect(seen.slice(firstEnd === -1 ? seen.length : firstEnd + 1), seen.join(' → ')).toEqual([]);
    });
    await fc.assert(property, { numRuns: 15 });
  });
}

function lostAnswers(given: Given): void {
  it('of a new item: the second try finds it, and it is the one that was sent', async () => {
    const { store } = given();
    const operation = operationInState('PENDING');

    expect(await store.putIfAbsent(operation)).toEqual({ kind: 'exists' });
    expect(await store.get(operation.id)).toEqual(operation);
  });

  it('of a step and of a start change nothing', async () => {
    const { store } = given();
    const { id } = await put(store);

    expect(await store.markRunning(id, at)).toEqual({ kind: 'made' });
    expect(await store.beginStep(id, { name: 'record', attempt: 1, at })).toEqual({ kind: 'made' });
    expect(await store.saveStep(id, 'record', { state: 'SUCCEEDED', attempt: 1, at })).toEqual({ kind: 'made' });
  });

  it('of an end: the second try is refused by the very state that was asked for', async () => {
    const { store } = given();
    const { id } = await put(store);
    await store.markRunning(id, at);

    expect(await store.end(id, ['RUNNING'], { state: 'SUCCEEDED', at })).toEqual({
      kind: 'refused',
      state: 'SUCCEEDED',
    });
  });
}

async function put(store: OperationStore, id = 'op-1') {
  const operation = { ...operationInState('PENDING'), id };
  await store.putIfAbsent(operation);
  return operation;
}
