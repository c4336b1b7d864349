/** The fleet's table on a DynamoDB of this process (dynalite), with a socket or without one, or on any other one. */
import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { type Dynalite, startDynalite } from '../../sandbox/dynamodb.ts';
import { createFleetTable, type FleetTable } from '../../src/adapters/fleet-table.ts';
import { fleetTableSchema } from '../../src/adapters/fleet-table-schema.ts';
import { awsHandler } from '../crash/aws-handler.ts';
import { createTableStore, unverifiedSigner } from '../crash/table-store.ts';
import { createWire } from '../crash/wire.ts';

export interface TestTable extends FleetTable {
  readonly name: string;
  /** Every item as it is kept, for tests of what must not be there. */
  allItems(): Promise<readonly Record<string, unknown>[]>;
}

/** The SDK hands its requests to dynalite itself, for all tests of a file; each call makes a table of its own. */
export function useDynalite(): { readonly table: () => Promise<TestTable> } {
  const store = createTableStore();
  const client: DynamoDBClientConfig = {
    ...{
      ...testClient,
      endpoint: 'http://dynamodb.example',
      requestHandler: awsHandler('dynamodb', createWire(), store),
    },
    signer: unverifiedSigner,
  };
  return { table: () => makeTable(client) };
}

export interface ServedDynalite {
  readonly url: () => string;
  readonly table: () => Promise<TestTable>;
  readonly requestCount: () => number;
}

/** One server for all tests of a file, for what speaks to DynamoDB by its address. */
export function useServedDynalite(): ServedDynalite {
  let server: Dynalite | undefined;
  const running = () => {
    if (!server) throw new Error('the server runs within tests only');
    return server;
  };
  const url = () => running().url;
  beforeAll(async () => {
    server = await startDynalite();
  });
  afterAll(async () => {
    await server?.close();
  });
  return { url, table: () => createTestTable(url()), requestCount: () => running().requestCount() };
}

/** A new table at the DynamoDB of that address. */
export function createTestTable(url: string): Promise<TestTable> {
  return makeTable({ ...testClient, endpoint: url });
}

const testClient: DynamoDBClientConfig = {
  region: 'eu-west-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
};

async function makeTable(client: DynamoDBClientConfig): Promise<TestTable> {
  const dynamo = new DynamoDBClient(client);
  const TableName = `fleet-${randomUUID()}`;
  await dynamo.send(new CreateTableCommand({ TableName, ...fleetTableSchema }));
  for (;;) {
    const { Table } = await dynamo.send(new DescribeTableCommand({ TableName }));
    if (Table?.TableStatus === 'ACTIVE') break;
  }
  return {
    ...createFleetTable({ tableName: TableName, client }),
    name: TableName,
    async allItems() {
      const found = await DynamoDBDocumentClient.from(dynamo).send(
        new ScanCommand({ TableName, ConsistentRead: true }),
      );
      return found.Items ?? [];
    },
  };
}

/**
 * A table whose answers to writes are lost on the way, each once: the SDK sends the same request again, and its
 * condition meets what the first one wrote.
 */
export function losingAnswers(table: FleetTable): FleetTable {
  return {
    get: (key) => table.get(key),
    getAll: (keys) => table.getAll(keys),
    query: (options) => table.query(options),
    queryOnce: (options) => table.queryOnce(options),
    async put(item, condition) {
      await table.put(item, condition);
      return table.put(item, condition);
    },
    async update(key, update) {
      await table.update(key, update);
      return table.update(key, update);
    },
    async delete(key, condition) {
      await table.delete(key, condition);
      return table.delete(key, condition);
    },
  };
}
