import { setTimeout } from 'node:timers/promises';
import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { OutsideCallError } from '../errors.ts';

interface Key {
  readonly pk: string;
  readonly sk: string;
}
type Item = Record<string, unknown>;

/** What DynamoDB takes in one request. */
const mostKeys = 100;
/** An answer may leave keys out (16 MB, throttling); the SDK's own retries do not see that. */
const mostRounds = 6;
const firstPauseMs = 20;

/** Reads items by their keys, strongly consistent, each for itself; `undefined` stands for one that is not there. */
export async function batchGet(
  client: DynamoDBDocumentClient,
  { TableName, keys }: { readonly TableName: string; readonly keys: readonly (Key | undefined)[] },
): Promise<readonly (Item | undefined)[]> {
  // DynamoDB refuses a key that comes twice.
  const distinct = [
    ...new Map(keys.flatMap((key) => (key ? [[keyText(key), { pk: key.pk, sk: key.sk }] as const] : []))).values(),
  ];
  const chunks: Item[][] = [];
  for (let first = 0; first < distinct.length; first += mostKeys) chunks.push(distinct.slice(first, first + mostKeys));
  const items = await Promise.all(chunks.map((chunk) => getChunk(client, TableName, chunk)));
  const found = new Map(items.flat().map((item) => [keyText(item), item]));
  return keys.map((key) => key && found.get(keyText(key)));
}

async function getChunk(client: DynamoDBDocumentClient, TableName: string, keys: readonly Item[]): Promise<Item[]> {
  const found: Item[] = [];
  let left = [...keys];
  for (let round = 0; left.length > 0; round += 1) {
    if (round === mostRounds) {
      throw new OutsideCallError({ system: 'dynamodb', failure: 'throttled', attempted: 'read items' });
    }
    if (round > 0) await setTimeout(firstPauseMs * 2 ** round);
    const request = { RequestItems: { [TableName]: { Keys: left, ConsistentRead: true } } };
    const { Responses, UnprocessedKeys } = await client.send(new BatchGetCommand(request));
    found.push(...(Responses?.[TableName] ?? []));
    left = UnprocessedKeys?.[TableName]?.Keys ?? [];
  }
  return found;
}

function keyText(key: Readonly<Partial<Record<'pk' | 'sk', unknown>>>): string {
  return JSON.stringify([key.pk, key.sk]);
}
