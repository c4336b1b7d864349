import { describe, expect, it, onTestFinished } from 'vitest';
import { createFleetTable } from '../../src/adapters/fleet-table.ts';
import type { ItemKey } from '../../src/adapters/fleet-table.ts';
import { OutsideCallError } from '../../src/errors.ts';
import { useDynalite } from '../support/fleet-table.ts';
import { startScriptedServer } from '../support/scripted-server.ts';
import type { ScriptedReply } from '../support/scripted-server.ts';

const dynamo = useDynalite();

interface WireKey {
  readonly pk: { readonly S: string };
  readonly sk: { readonly S: string };
}
interface WireRequest {
  readonly RequestItems: { readonly fleet: { readonly Keys: readonly WireKey[]; readonly ConsistentRead: boolean } };
}

/** A server that has every item it is asked for, and says of which keys of its n-th request it answers now. */
async function given(answersNow: (keys: readonly WireKey[], n: number) => readonly WireKey[] | ScriptedReply) {
  const requests: WireRequest[] = [];
  const server = await startScriptedServer(({ body }) => {
    const request = body as WireRequest;
    requests.push(request);
    const { Keys } = request.RequestItems.fleet;
    const answered = answersNow(Keys, requests.length);
    if (!isKeys(answered)) return answered;
    const left = Keys.filter((key) => !answered.includes(key));
    // In another order than asked for, as DynamoDB may.
    const items = answered.map((key) => ({ ...key, name: { S: nameOf(key.sk.S) } })).toReversed();
    const UnprocessedKeys = left.length > 0 ? { fleet: { Keys: left, ConsistentRead: true } } : {};
    return { body: { Responses: { fleet: items }, UnprocessedKeys } };
  });
  onTestFinished(() => server.close());
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = { endpoint: server.url, region: 'eu-west-1', credentials, maxAttempts: 1 };
  const table = createFleetTable({ tableName: 'fleet', client });
  const asked = () => requests.map(({ RequestItems }) => RequestItems.fleet.Keys.map(({ sk }) => sk.S));
  return { table, requests, asked };
}

function isKeys(answer: readonly WireKey[] | ScriptedReply): answer is readonly WireKey[] {
  return Array.isArray(answer);
}

const nameOf = (sk: string) => `name of ${sk}`;
const keysOf = (count: number): ItemKey[] => Array.from({ length: count }, (_, n) => ({ pk: 'A', sk: String(n) }));
const itemsOf = (keys: readonly ItemKey[]) => keys.map((key) => ({ ...key, name: nameOf(key.sk) }));

describe('items that are read together', () => {
  it('come in the order of their keys, strongly consistent', async () => {
    const { table, requests } = await given((keys) => keys);

    expect(await table.getAll(keysOf(5))).toEqual(itemsOf(keysOf(5)));
    expect(requests.map(({ RequestItems }) => RequestItems.fleet.ConsistentRead)).toEqual([true]);
  });

  it('are asked for by a hundred at a time, and each once', async () => {
    const { table, asked } = await given((keys) => keys);

    expect(await table.getAll(keysOf(250))).toEqual(itemsOf(keysOf(250)));

    expect(
      asked()
        .map(({ length }) => length)
        .toSorted((one, other) => one - other),
    ).toEqual([50, 100, 100]);
    expect(new Set(asked().flat()).size).toBe(250);
  });

  it('may be asked for twice, or not at all', async () => {
    const { table, asked } = await given((keys) => keys);
    const [one, two] = keysOf(2);

    expect(await table.getAll([two, one, undefined, two])).toEqual([
      ...itemsOf(keysOf(2)).toReversed(),
      ...[undefined, { ...two, name: nameOf('1') }],
    ]);
    expect(asked()).toEqual([['1', '0']]);
  });

  it('cost no request where there are no keys', async () => {
    const { table, requests } = await given((keys) => keys);

    expect(await table.getAll([])).toEqual([]);
    expect(await table.getAll([undefined])).toEqual([undefined]);
    expect(requests).toEqual([]);
  });

  it('are told apart by both halves of their keys', async () => {
    const table = await dynamo.table();
    const keys = [
      { pk: 'A', sk: 'BC' },
      { pk: 'AB', sk: 'C' },
    ];
    for (const key of keys) await table.put({ ...key, n: key.pk }, { expression: 'attribute_not_exists(pk)' });

    const missing = { pk: 'A', sk: 'C' };
    expect(await table.getAll([...keys, missing])).toEqual([
      { ...keys[0], n: 'A' },
      { ...keys[1], n: 'AB' },
      undefined,
    ]);
  });

  it('are as they were written last, a hundred and more of them', async () => {
    const table = await dynamo.table();
    const keys = keysOf(120);
    const isNew = { expression: 'attribute_not_exists(pk)' };
    for (const key of keys.slice(1)) await table.put({ ...key, name: nameOf(key.sk) }, isNew);

    expect(await table.getAll(keys)).toEqual([undefined, ...itemsOf(keys.slice(1))]);
  });
});

describe('keys that an answer leaves out', () => {
  it('are asked for again until all are answered, and no other', async () => {
    const { table, asked } = await given((keys, n) => (n < 3 ? keys.slice(0, 2) : keys));

    expect(await table.getAll(keysOf(7))).toEqual(itemsOf(keysOf(7)));
    expect(asked()).toEqual([
      ['0', '1', '2', '3', '4', '5', '6'],
      ['2', '3', '4', '5', '6'],
      ['4', '5', '6'],
    ]);
  });

  it('for ever are an outside call that was throttled, after six requests', async () => {
    const { table, requests } = await given((keys) => keys.slice(0, -1));

    const error = await table.getAll(keysOf(3).slice(0, 1)).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(OutsideCallError);
    expect(error).toMatchObject({ system: 'dynamodb', failure: 'throttled', retryable: true });
    expect(requests).toHaveLength(6);
  });

  it('do not hide an error of a later request', async () => {
    const body = { __type: 'com.amazonaws.dynamodb.v20120810#AccessDeniedException', message: 'the words' };
    const { table } = await given((keys, n) => (n === 1 ? keys.slice(0, 1) : { status: 400, body }));

    await expect(table.getAll(keysOf(3))).rejects.toMatchObject({ system: 'dynamodb', failure: 'forbidden' });
  });
});
