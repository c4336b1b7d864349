/** The product's table, read past the product. */
import { type AttributeValue, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { RigEnvironment } from '../../rig/environment.ts';
import { exampleRegion } from '../../../sandbox/example.ts';

export type TableItem = Readonly<Record<string, AttributeValue>>;

/** Every item. DynamoDB Local keeps a database for each access key, so this takes the product's. */
export async function scanTable({ dynamodbUrl, rig }: RigEnvironment): Promise<readonly TableItem[]> {
  const client = new DynamoDBClient({ endpoint: dynamodbUrl, region: exampleRegion, credentials: rig.product });
  try {
    const items: TableItem[] = [];
    for await (const page of paginateScan({ client }, { TableName: rig.tableName })) items.push(...(page.Items ?? []));
    return items;
  } finally {
    client.destroy();
  }
}

/** All items as one text, bytes in base64. */
export async function dumpTable(env: RigEnvironment): Promise<string> {
  return JSON.stringify(await scanTable(env), (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
}

/** How many operations the customer has, whatever became of them. */
export async function countOperations(env: RigEnvironment, customer: string): Promise<number> {
  const items = await scanTable(env);
  return items.filter((item) => item['sk']?.S === 'OPERATION' && item['customer']?.S === customer).length;
}
