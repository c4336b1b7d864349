/** Counts what DynamoDB charges for, request by request: each is asked to say so, on its way out of the client. */
import { type ConsumedCapacity, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

export interface Usage {
  /** On the table itself, failed conditions included. */
  readonly writeUnits: number;
  /** On its indexes. */
  readonly indexWriteUnits: number;
  /** Requests that read: each costs the caller its time. */
  readonly reads: number;
  /** Keys that they asked for; a query counts as one. */
  readonly keysRead: number;
  readonly readUnits: number;
}

export interface CapacityMeter {
  /** For the client whose requests count. */
  readonly requestHandler: NonNullable<DynamoDBClientConfig['requestHandler']>;
  /** What the call used, if nothing else uses the client meanwhile. */
  during<T>(call: () => Promise<T>): Promise<{ readonly result: T; readonly usage: Usage }>;
}

type Handler = DynamoDBClient['config']['requestHandler'];
type SentRequest = Parameters<Handler['handle']>[0];
type HandlerOptions = Parameters<Handler['handle']>[1];

const nothing: Usage = { writeUnits: 0, indexWriteUnits: 0, reads: 0, keysRead: 0, readUnits: 0 };

/**
 * Works on the requests as they are sent, so that the adapter under measurement stays as it is. They were signed
 * before, which DynamoDB Local does not mind.
 */
export function createCapacityMeter(): CapacityMeter {
  const { requestHandler: inner } = new DynamoDBClient({ region: 'local' }).config;
  let usage = nothing;
  return {
    requestHandler: {
      metadata: inner.metadata,
      async handle(request: SentRequest, options?: HandlerOptions) {
        const asked = JSON.parse(textOf(request.body)) as Asked;
        const body = JSON.stringify({ ...asked, ReturnConsumedCapacity: 'INDEXES' });
        request.headers['content-length'] = String(Buffer.byteLength(body));
        request.body = body;
        const { response } = await inner.handle(request, options);
        const answer = await bytesOf(response.body);
        response.body = answer;
        const operation = request.headers['x-amz-target']?.split('.')[1] ?? '';
        usage = sum(usage, usageOf(operation, asked, JSON.parse(textOf(answer)) as Answered));
        return { response };
      },
      updateHttpClientConfig: () => undefined,
      httpHandlerConfigs: () => ({}),
    },
    async during(call) {
      usage = nothing;
      const result = await call();
      return { result, usage };
    },
  };
}

interface Asked {
  /** Of BatchGetItem, by table. */
  readonly RequestItems?: Readonly<Record<string, { readonly Keys?: readonly unknown[] }>>;
}

interface Answered {
  readonly ConsumedCapacity?: ConsumedCapacity | readonly ConsumedCapacity[];
  /** Of an error. */
  readonly __type?: string;
}

function usageOf(operation: string, asked: Asked, answered: Answered): Usage {
  const consumed = [answered.ConsumedCapacity ?? []].flat();
  const onTable = consumed.reduce((units, one) => units + (one.Table?.CapacityUnits ?? one.CapacityUnits ?? 0), 0);
  const onIndexes = consumed
    .flatMap((one) => Object.values(one.GlobalSecondaryIndexes ?? {}))
    .reduce((units, one) => units + (one.CapacityUnits ?? 0), 0);
  switch (operation) {
    case 'GetItem':
    case 'Query':
    case 'Scan':
      return { ...nothing, reads: 1, keysRead: 1, readUnits: onTable + onIndexes };
    case 'BatchGetItem': {
      const keys = Object.values(asked.RequestItems ?? {}).flatMap(({ Keys = [] }) => Keys);
      return { ...nothing, reads: 1, keysRead: keys.length, readUnits: onTable };
    }
    default:
      return { ...nothing, writeUnits: hasFailedItsCondition(answered) ? 1 : onTable, indexWriteUnits: onIndexes };
  }
}

/** Charged as a write all the same, though the answer does not say so: at least one unit, more for an item above 1 KB. */
function hasFailedItsCondition({ __type: type = '' }: Answered): boolean {
  return type.endsWith('ConditionalCheckFailedException');
}

function sum(one: Usage, other: Usage): Usage {
  return {
    writeUnits: one.writeUnits + other.writeUnits,
    indexWriteUnits: one.indexWriteUnits + other.indexWriteUnits,
    reads: one.reads + other.reads,
    keysRead: one.keysRead + other.keysRead,
    readUnits: one.readUnits + other.readUnits,
  };
}

function textOf(body: string | Uint8Array): string {
  return typeof body === 'string' ? body : new TextDecoder().decode(body);
}

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
