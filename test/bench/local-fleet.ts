/** The API in this process over its real adapters, with DynamoDB Local under them. */
import { join } from 'node:path';
import {
  type AttributeValue,
  CreateTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  paginateScan,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { createFleetTable } from '../../src/adapters/fleet-table.ts';
import { fleetTableSchema } from '../../src/adapters/fleet-table-schema.ts';
import { buildDynamoDb } from '../rig/build.ts';
import { type DynamoDb, startDynamoDb } from '../rig/parts/dynamodb.ts';
import { type Fleet, makeFleet } from '../support/fleet.ts';
import { type CapacityMeter, createCapacityMeter } from './capacity-meter.ts';

export async function startLocalDynamoDb(directory: string, progress: (line: string) => void): Promise<DynamoDb> {
  return startDynamoDb({
    libraryDirectory: await buildDynamoDb(progress),
    directory: join(directory, 'dynamodb'),
    logFile: join(directory, 'dynamodb.log'),
  });
}

export interface LocalFleet {
  /** As fast as it is. */
  readonly fleet: Fleet;
  /** Over the same table; what it uses is counted. */
  readonly metered: Fleet;
  readonly meter: CapacityMeter;
  /** Every item as text, by its key. */
  items(): Promise<ReadonlyMap<string, string>>;
}

/** A fleet with a new table. */
export async function createLocalFleet({ url }: DynamoDb, tableName: string): Promise<LocalFleet> {
  const config: DynamoDBClientConfig = {
    endpoint: url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  };
  const client = new DynamoDBClient(config);
  await client.send(new CreateTableCommand({ ...fleetTableSchema, TableName: tableName }));
  await waitUntilTableExists({ client, maxWaitTime: 60 }, { TableName: tableName });
  const meter = createCapacityMeter();
  return {
    fleet: makeFleet(createFleetTable({ tableName, client: config })),
    metered: makeFleet(createFleetTable({ tableName, client: { ...config, requestHandler: meter.requestHandler } })),
    meter,
    async items() {
      const found = new Map<string, string>();
      for await (const { Items = [] } of paginateScan({ client }, { TableName: tableName, ConsistentRead: true })) {
        for (const item of Items) found.set(`${item['pk']?.S} ${item['sk']?.S}`, canonical(item));
      }
      return found;
    },
  };
}

/** DynamoDB promises no order of attributes. */
function canonical(item: Readonly<Record<string, AttributeValue>>): string {
  return JSON.stringify(item, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}
