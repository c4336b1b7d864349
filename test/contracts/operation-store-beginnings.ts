import { expect, it } from 'vitest';
import type { OperationStore } from '../../src/ports/operation-store.ts';
import { operationInState } from '../support/operations.ts';

type Given = () => { readonly store: OperationStore };

const at = '2027-01-01T00:10:00.000Z';

/** Of an operation as it is accepted: no step is in it yet. */
export function beginnings(given: Given): void {
  it('begin at any attempt: one that died before it began leaves no trace', async () => {
    const { store } = given();
    const id = 'op-without-steps';
    await store.putIfAbsent({ ...operationInState('PENDING'), id, steps: {} });
    await store.markRunning(id, at);

    expect(await store.beginStep(id, { name: 'record', attempt: 2, at })).toEqual({ kind: 'made' });
    expect(await store.beginStep(id, { name: 'preflight', attempt: 1, at })).toEqual({ kind: 'made' });

    expect((await store.get(id))?.steps).toEqual({
      record: { state: 'RUNNING', attempt: 2, startedAt: at },
      preflight: { state: 'RUNNING', attempt: 1, startedAt: at },
    });
  });
}
