import { describe, expect, it, onTestFinished } from 'vitest';
import { createFleetTable } from '../../src/adapters/fleet-table.ts';
import type { OutsideFailure } from '../../src/errors.ts';
import { useDynalite } from '../support/fleet-table.ts';
import { type ScriptedReply, startScriptedServer } from '../support/scripted-server.ts';

const dynamo = useDynalite();
const key = { pk: 'A', sk: 'a' };

/** A table at a server that gives this answer to everything. */
async function tableAnswering(reply: ScriptedReply) {
  const server = await startScriptedServer(() => reply);
  onTestFinished(() => server.close());
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const requestHandler = { requestTimeout: 300, throwOnRequestTimeout: true };
  const client = { endpoint: server.url, region: 'eu-west-1', credentials, maxAttempts: 1, requestHandler };
  return { server, table: createFleetTable({ tableName: 'fleet', client }) };
}

const refusal = (type: string, status = 400): ScriptedReply => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'the words' },
});

describe('the table', () => {
  it('keeps an item, reads it, changes it and deletes it, each on its condition', async () => {
    const table = await dynamo.table();
    const isNew = { expression: 'attribute_not_exists(pk)' };
    const update = { expression: 'SET n = :n', condition: 'n = :before', values: { ':n': 2, ':before': 1 } };

    expect(await table.put({ ...key, n: 1, nothing: undefined }, isNew)).toBe(true);
    expect(await table.put({ ...key, n: 9 }, isNew)).toBe(false);
    expect(await table.update(key, update)).toBe(true);
    expect(await table.update(key, update)).toBe(false);
    expect(await table.get(key)).toEqual({ ...key, n: 2 });
    expect(await table.delete(key, { expression: 'n = :n', values: { ':n': 1 } })).toBe(false);
    expect(await table.delete(key, { expression: 'n = :n', values: { ':n': 2 } })).toBe(true);
    expect(await table.get(key)).toBeUndefined();
  });

  it('creates nothing by an update that asks for what is there', async () => {
    const table = await dynamo.table();

    expect(
      await table.update(key, { expression: 'SET n = :n', condition: 'attribute_exists(pk)', values: { ':n': 1 } }),
    ).toBe(false);
    expect(await table.get(key)).toBeUndefined();
  });

  it('reads no more items than were asked for', async () => {
    const table = await dynamo.table();
    for (const sk of ['a', 'b', 'c']) await table.put({ pk: 'A', sk }, { expression: 'attribute_not_exists(pk)' });
    const all = { expression: 'pk = :pk', values: { ':pk': 'A' } };

    expect(await table.query({ key: all, limit: 2 })).toEqual([key, { pk: 'A', sk: 'b' }]);
    expect(await table.query({ key: all, limit: 10 })).toHaveLength(3);
  });

  it('always reads what was written last', async () => {
    const { server, table } = await tableAnswering({ body: {} });

    await table.get(key);
    const all = { expression: 'pk = :pk', values: { ':pk': 'A' } };
    await table.query({ key: all, limit: 1 });
    await table.queryOnce({ key: all, limit: 1 });

    const isConsistent = { ConsistentRead: true };
    expect(server.requests.map(({ body }) => body)).toMatchObject([isConsistent, isConsistent, isConsistent]);
  });
});

describe('a call that fails', () => {
  it.each<[ScriptedReply, OutsideFailure, boolean]>([
    [refusal('ProvisionedThroughputExceededException'), 'throttled', true],
    [refusal('ThrottlingException'), 'throttled', true],
    [refusal('RequestLimitExceeded'), 'throttled', true],
    [refusal('InternalServerError', 500), 'server-error', true],
    [refusal('AccessDeniedException'), 'forbidden', false],
    [refusal('UnrecognizedClientException'), 'unauthenticated', false],
    [refusal('ResourceNotFoundException'), 'rejected', false],
    [refusal('ValidationException'), 'rejected', false],
    ['cut', 'timeout', true], // the SDK's word for a connection that was reset
    ['hang', 'timeout', true],
  ])('with %o is %s', async (reply, failure, retryable) => {
    const { table } = await tableAnswering(reply);
    const expected = { system: 'dynamodb', failure, retryable };

    await expect(table.get(key)).rejects.toMatchObject(expected);
    await expect(table.put(key, { expression: 'attribute_not_exists(pk)' })).rejects.toMatchObject(expected);
  });

  it('at a server that is not there is unreachable', async () => {
    const { server, table } = await tableAnswering({ body: {} });
    await server.close();

    await expect(table.get(key)).rejects.toMatchObject({ failure: 'unreachable' });
  });
});
