/** DynamoDB in this process without a socket: dynalite's own request listener, called with the request itself. */
import { EventEmitter } from 'node:events';
import type { CreateTableCommandInput, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import type { WireAnswer, WireRequest } from './aws-handler.ts';

export type TableStore = (request: WireRequest) => Promise<WireAnswer>;

export function createTableStore(): TableStore {
  const server = dynalite({ createTableMs: 0 });
  return ({ method, path, headers, body }) => {
    const { promise, resolve } = Promise.withResolvers<WireAnswer>();
    const request = Object.assign(new EventEmitter(), { method, url: path, headers });
    const answered: Record<string, string> = {};
    const response = Object.assign(new EventEmitter(), {
      statusCode: 200,
      setHeader(name: string, value: unknown): void {
        answered[name.toLowerCase()] = String(value);
      },
      end(text = ''): void {
        resolve({ status: response.statusCode, headers: answered, body: Buffer.from(text) });
      },
    });
    server.emit('request', request, response);
    request.emit('data', Buffer.from(body));
    request.emit('end');
    return promise;
  };
}

type RawItem = Readonly<Record<string, unknown>>;

export async function createTable(store: TableStore, table: CreateTableCommandInput): Promise<void> {
  await ask(store, 'CreateTable', table);
  const TableName = table.TableName;
  for (;;) {
    const { Table } = (await ask(store, 'DescribeTable', { TableName })) as { Table: { TableStatus: string } };
    if (Table.TableStatus === 'ACTIVE') return;
  }
}

/** All items, as DynamoDB writes them down. */
export async function readAll(store: TableStore, tableName: string): Promise<readonly RawItem[]> {
  const { Items } = (await ask(store, 'Scan', { TableName: tableName, ConsistentRead: true })) as {
    Items: readonly RawItem[];
  };
  return Items;
}

/** BatchWriteItem takes so many. */
const mostAtOnce = 25;

export async function writeAll(store: TableStore, tableName: string, items: readonly RawItem[]): Promise<void> {
  for (let first = 0; first < items.length; first += mostAtOnce) {
    const puts = items.slice(first, first + mostAtOnce).map((Item) => ({ PutRequest: { Item } }));
    await ask(store, 'BatchWriteItem', { RequestItems: { [tableName]: puts } });
  }
}

/** dynalite looks at the form of a signature only. */
const unverified = {
  authorization: 'AWS4-HMAC-SHA256 Credential=test, SignedHeaders=host, Signature=none',
  'x-amz-date': '20260101T000000Z',
};

/** Saves a client of the table the work that nobody looks at. */
export const unverifiedSigner: NonNullable<DynamoDBClientConfig['signer']> = {
  sign: async (request) => ({ ...request, headers: { ...request.headers, ...unverified } }),
};

/** Past the SDK. */
async function ask(store: TableStore, action: string, body: object): Promise<unknown> {
  const answer = await store({
    ...{ method: 'POST', path: '/', body: JSON.stringify(body) },
    headers: {
      'x-amz-target': `DynamoDB_20120810.${action}`,
      'content-type': 'application/x-amz-json-1.0',
      ...unverified,
    },
  });
  const text = Buffer.from(answer.body).toString();
  if (answer.status !== 200) throw new Error(`${action}: ${text}`);
  return JSON.parse(text);
}

interface Written {
  readonly Key?: { readonly pk?: { readonly S?: string } };
  readonly Item?: { readonly pk?: { readonly S?: string } };
}

/** Looks at an operation after each write to it, and notes each state that it has not had just before. */
export function withStates(store: TableStore, states: Map<string, readonly string[]>): TableStore {
  return async (request) => {
    const answer = await store(request);
    const target = request.headers['x-amz-target'] ?? '';
    if (answer.status !== 200 || !/\.(Put|Update)Item$/.test(target)) return answer;
    const { Key, Item }: Written = JSON.parse(request.body) as Written;
    const id = /^OPERATION#(.+)$/.exec((Key ?? Item)?.pk?.S ?? '')?.[1];
    if (id === undefined) return answer;
    const found = await store(readOf(request, id));
    const { Item: item } = JSON.parse(Buffer.from(found.body).toString()) as { Item?: { state?: { S?: string } } };
    const known = states.get(id) ?? [];
    const state = item?.state?.S;
    if (state !== undefined && known.at(-1) !== state) states.set(id, [...known, state]);
    return answer;
  };
}

function readOf(write: WireRequest, id: string): WireRequest {
  const { TableName } = JSON.parse(write.body) as { TableName: string };
  return {
    ...write,
    headers: { ...write.headers, 'x-amz-target': 'DynamoDB_20120810.GetItem' },
    body: JSON.stringify({
      ...{ TableName, ConsistentRead: true },
      Key: { pk: { S: `OPERATION#${id}` }, sk: { S: 'OPERATION' } },
    }),
  };
}
