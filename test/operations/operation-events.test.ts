import { describe, expect, it } from 'vitest';
import { createDynamoEvents } from '../../src/adapters/dynamodb-events.ts';
import { operationEvents, operationPath, publishOperationEvents } from '../../src/operations/operation-events.ts';
import type { OperationState } from '../../src/operations/operation.ts';
import { Crash, withFaults } from '../support/faults.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { operationInState } from '../support/operations.ts';

const caller = 'arn:aws:iam::999988887777:role/operator';
const createdAt = '2027-01-01T00:00:00.000Z';
const startedAt = '2027-01-01T00:01:00.000Z';
const endedAt = '2027-01-01T00:03:00.000Z';
const cancelRequest = { at: '2027-01-01T00:02:00.000Z', caller: 'another', requestId: 'request-2' };
const failure = { step: 'record', code: 'claim-lost', detail: 'lost', retryable: true, remedies: [] };
const what = { kind: 'bootstrap-cluster', cluster: 'production' };

const typesOf = (state: OperationState, fields = {}) =>
  operationEvents(operationInState(state, fields)).map(({ type }) => type);

describe('the events of an operation', () => {
  it.each<[OperationState, object, readonly string[]]>([
    ['PENDING', {}, ['operation.accepted']],
    ['RUNNING', { startedAt }, ['operation.accepted']],
    ['AWAITING_MERGE', { startedAt }, ['operation.accepted']],
    ['CANCELLING', { startedAt, cancelRequest }, ['operation.accepted', 'operation.cancel-requested']],
    ['SUCCEEDED', { startedAt, endedAt }, ['operation.accepted', 'operation.ended']],
    ['FAILED', { startedAt, endedAt, failure }, ['operation.accepted', 'operation.ended']],
    [
      'CANCELLED',
      { startedAt, endedAt, cancelRequest },
      ['operation.accepted', 'operation.cancel-requested', 'operation.ended'],
    ],
    ['REJECTED', { endedAt }, []],
    ['REJECTED', { endedAt, joined: 'op-2', cancelRequest }, []],
  ])('that is %s with %o are %j', (state, fields, types) => {
    expect(typesOf(state, fields)).toEqual(types);
  });

  it('say who asked and what became of it', () => {
    const fields = { requestId: 'request-1', startedAt, endedAt, cancelRequest, failure };

    const [accepted, cancelled, ended] = operationEvents(operationInState('FAILED', fields));

    expect(accepted).toMatchObject({
      at: createdAt,
      caller,
      requestId: 'request-1',
      after: { ...what, state: 'PENDING' },
    });
    expect(accepted).not.toHaveProperty('before');
    expect(cancelled).toMatchObject({ ...cancelRequest, before: { state: 'RUNNING' }, after: { state: 'CANCELLING' } });
    expect(ended).toMatchObject({
      ...{ at: endedAt, caller: 'fleet-api', before: { state: 'CANCELLING' } },
      after: { ...what, state: 'FAILED', failure },
    });
    expect(ended?.requestId).toBeUndefined();
  });

  it('say what it was cancelled or ended as, if it never ran', () => {
    const [, cancelled] = operationEvents(operationInState('CANCELLING', { cancelRequest }));
    const [, ended] = operationEvents(operationInState('FAILED', { endedAt, failure }));

    expect(cancelled?.before).toEqual({ state: 'PENDING' });
    expect(ended?.before).toEqual({ state: 'PENDING' });
  });

  it('are of its customer and bear its path', () => {
    const events = operationEvents(operationInState('SUCCEEDED', { endedAt }));

    expect(events.map(({ customer, resource }) => [customer, resource])).toEqual(
      events.map(() => ['acme', '/v1/customers/acme/operations/op-1']),
    );
    expect(operationPath({ customer: 'acme', id: 'op-1' })).toBe('/v1/customers/acme/operations/op-1');
  });

  it('are the same ones whenever they are told, sort as they happened, and are told apart from those of others', () => {
    const early = operationEvents(operationInState('RUNNING', { startedAt }));
    const late = operationEvents(operationInState('CANCELLED', { startedAt, endedAt, cancelRequest }));
    const other = operationEvents(operationInState('CANCELLED', { id: 'op-2', startedAt, endedAt, cancelRequest }));

    expect(late[0]).toEqual(early[0]);
    const ids = late.map(({ id }) => id);
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set([...late, ...other].map(({ id }) => id)).size).toBe(6);
  });

  it('sort as they happened although all of it happened in one moment', () => {
    const moment = { endedAt: createdAt, cancelRequest: { ...cancelRequest, at: createdAt } };

    const ids = operationEvents(operationInState('CANCELLED', moment)).map(({ id }) => id);

    expect(ids.toSorted()).toEqual([...new Set(ids)]);
  });
});

describe('telling of an operation', () => {
  async function given() {
    const { port, faults } = withFaults(createDynamoEvents(createMemoryTable()));
    const types = async () =>
      (await port.list('acme', {}, { limit: 9 })).items.map(({ value }) => value.event.type).toReversed();
    return { events: port, faults, types };
  }
  const ended = operationInState('CANCELLED', { startedAt, endedAt, cancelRequest });

  it('again and further on adds only what is new', async () => {
    const { events, types } = await given();

    await publishOperationEvents(events, operationInState('PENDING'));
    await publishOperationEvents(events, ended);
    await publishOperationEvents(events, ended);

    expect(await types()).toEqual(['operation.accepted', 'operation.cancel-requested', 'operation.ended']);
  });

  it.each(['before', 'after'] as const)('is gone on with when it was cut (%s)', async (when) => {
    const { events, faults, types } = await given();
    faults.fail('publish', { when });

    await expect(publishOperationEvents(events, ended)).rejects.toBeInstanceOf(Crash);
    await publishOperationEvents(events, ended);

    expect(await types()).toEqual(['operation.accepted', 'operation.cancel-requested', 'operation.ended']);
  });
});
