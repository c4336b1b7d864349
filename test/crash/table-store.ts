/** DynamoDB in this process without a socket: dynalite's own request listener, called with the request itself. */
import { EventEmitter } from 'node:events';
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
