import { expect, it } from 'vitest';
import { createDynamoOperations } from '../../src/adapters/dynamodb-operations.ts';
import type { FleetTable } from '../../src/adapters/fleet-table.ts';
import type { OperationStore } from '../../src/ports/operation-store.ts';
import { losingAnswers } from '../support/fleet-table.ts';
import { operationInState } from '../support/operations.ts';

type Given = () => { readonly table: FleetTable; readonly store: OperationStore };

const at = '2027-01-01T00:10:00.000Z';
const request = { at, caller: 'arn:aws:iam::999988887777:role/operator', requestId: 'request-1' };

/** What `requestCancel` makes of an operation. */
export function cancelling(given: Given): void {
  it.each(['PENDING', 'RUNNING', 'AWAITING_MERGE', 'AWAITING_REGISTRATION'] as const)(
    'brings %s to CANCELLING, and keeps who asked and when',
    async (state) => {
      const { store } = given();
      const operation = operationInState(state);
      await store.putIfAbsent(operation);

      expect(await store.requestCancel(operation.id, request)).toEqual({ kind: 'made' });

      expect(await store.get(operation.id)).toEqual({ ...operation, state: 'CANCELLING', cancelRequest: request });
    },
  );

  it.each(['SUCCEEDED', 'FAILED', 'CANCELLED', 'REJECTED'] as const)('leaves %s as it is', async (state) => {
    const { store } = given();
    const operation = operationInState(state, { endedAt: at });
    await store.putIfAbsent(operation);

    expect(await store.requestCancel(operation.id, request)).toEqual({ kind: 'refused', state });

    expect(await store.get(operation.id)).toEqual(operation);
  });

  it('keeps the first who asked', async () => {
    const { store } = given();
    const { id } = operationInState('RUNNING');
    await store.putIfAbsent(operationInState('RUNNING'));
    await store.requestCancel(id, request);

    const second = await store.requestCancel(id, { at: '2027-01-01T00:11:00.000Z', caller: 'another' });

    expect(second).toEqual({ kind: 'refused', state: 'CANCELLING' });
    expect(await store.get(id)).toMatchObject({ state: 'CANCELLING', cancelRequest: request });
  });

  it('makes no operation', async () => {
    const { store } = given();

    expect(await store.requestCancel('op-unknown', request)).toEqual({ kind: 'refused' });
    expect(await store.get('op-unknown')).toBeUndefined();
  });

  it('is kept although its answer was lost', async () => {
    const { table } = given();
    const store = createDynamoOperations(losingAnswers(table));
    await store.putIfAbsent(operationInState('RUNNING'));

    await store.requestCancel('op-1', { at, caller: 'operator' });

    expect(await store.get('op-1')).toMatchObject({ state: 'CANCELLING', cancelRequest: { at, caller: 'operator' } });
  });

  it('stops what has not begun, and leaves it open until it has ended', async () => {
    const { store } = given();
    await store.putIfAbsent(operationInState('PENDING'));
    await store.requestCancel('op-1', request);

    expect(await store.markRunning('op-1', at)).toEqual({ kind: 'refused', state: 'CANCELLING' });
    await expect.poll(() => store.listOpen(9)).toEqual(['op-1']);
    expect(await store.end('op-1', ['CANCELLING'], { state: 'CANCELLED', at })).toEqual({ kind: 'made' });
    await expect.poll(() => store.listOpen(9)).toEqual(['op-1']);
    await store.close('op-1');

    await expect.poll(() => store.listOpen(9)).toEqual([]);
    expect(await store.get('op-1')).toMatchObject({ state: 'CANCELLED', endedAt: at, cancelRequest: request });
  });
}
