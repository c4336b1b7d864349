import { ConditionalCheckFailedException, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { toOutsideCallError } from './aws-call-errors.ts';
import { batchGet } from './batch-get.ts';

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

export interface Condition {
  readonly expression: string;
  readonly names?: Record<string, string>;
  readonly values?: Record<string, unknown>;
}

export type Item = Record<string, unknown>;

export interface QueryOptions {
  readonly key: Condition;
  /** Items that it does not hold for are left out, after the limit has counted them. */
  readonly filter?: Condition;
  readonly index?: string;
  readonly isDescending?: boolean;
  readonly limit: number;
}

/** Single-item reads and conditional writes; a condition that does not hold is an answer, not an error. */
export interface FleetTable {
  get(key: ItemKey): Promise<Item | undefined>;
  /** In the order of the keys, each as of its own last write; no key, no item. */
  getAll(keys: readonly (ItemKey | undefined)[]): Promise<readonly (Item | undefined)[]>;
  put(item: ItemKey & Record<string, unknown>, condition: Condition): Promise<boolean>;
  update(key: ItemKey, update: Condition & { readonly condition: string }): Promise<boolean>;
  delete(key: ItemKey, condition: Condition): Promise<boolean>;
  /** All items up to the limit, however many pages they take. */
  query(options: QueryOptions): Promise<readonly Item[]>;
  /** One stretch; `lastKey` is that of the last item looked at, absent at the end. */
  queryOnce(options: QueryOptions): Promise<{ readonly items: readonly Item[]; readonly lastKey?: Item | undefined }>;
}

export interface FleetTableOptions {
  readonly tableName: string;
  readonly client: DynamoDBClientConfig;
}

export function createFleetTable({ tableName, client }: FleetTableOptions): FleetTable {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(client), {
    marshallOptions: { removeUndefinedValues: true },
  });
  const TableName = tableName;
  return {
    async get(key) {
      const found = await translated('read an item', () =>
        documents.send(new GetCommand({ TableName, Key: key, ConsistentRead: true })),
      );
      return found.Item;
    },
    put(item, condition) {
      return conditional('write an item', () =>
        documents.send(new PutCommand({ TableName, Item: item, ...conditionInput(condition) })),
      );
    },
    update(key, update) {
      const input: UpdateCommandInput = {
        TableName,
        Key: key,
        UpdateExpression: update.expression,
        ConditionExpression: update.condition,
        ...namesAndValues(update),
      };
      return conditional('update an item', () => documents.send(new UpdateCommand(input)));
    },
    delete(key, condition) {
      return conditional('delete an item', () =>
        documents.send(new DeleteCommand({ TableName, Key: key, ...conditionInput(condition) })),
      );
    },
    getAll: (keys) => translated('read items', () => batchGet(documents, { TableName, keys })),
    query: (options) => translated('query items', () => collect(documents, queryInput(TableName, options))),
    async queryOnce(options) {
      const page = await translated('query items', () =>
        documents.send(new QueryCommand(queryInput(TableName, options))),
      );
      return { items: page.Items ?? [], lastKey: page.LastEvaluatedKey };
    },
  };
}

function queryInput(TableName: string, { key, filter, index, isDescending = false, limit }: QueryOptions) {
  return {
    TableName,
    KeyConditionExpression: key.expression,
    Limit: limit,
    ScanIndexForward: !isDescending,
    // An index of DynamoDB is only ever eventually consistent.
    ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
    ...(filter ? { FilterExpression: filter.expression } : {}),
    ...namesAndValues({
      expression: '',
      names: { ...key.names, ...filter?.names },
      values: { ...key.values, ...filter?.values },
    }),
  };
}

/** A page ends at 1 MB, however few items that are. */
async function collect(
  client: DynamoDBDocumentClient,
  input: QueryCommandInput & { readonly Limit: number },
): Promise<readonly Item[]> {
  const found: Item[] = [];
  for await (const page of paginateQuery({ client }, input)) {
    found.push(...(page.Items ?? []));
    if (found.length >= input.Limit) break;
  }
  return found.slice(0, input.Limit);
}

function conditionInput(condition: Condition) {
  return { ConditionExpression: condition.expression, ...namesAndValues(condition) };
}

function namesAndValues(condition: Condition) {
  return {
    ...(isFilled(condition.names) ? { ExpressionAttributeNames: condition.names } : {}),
    ...(isFilled(condition.values) ? { ExpressionAttributeValues: condition.values } : {}),
  };
}

/** DynamoDB refuses an empty map. */
function isFilled(map: object | undefined): boolean {
  return map !== undefined && Object.keys(map).length > 0;
}

async function conditional(attempted: string, call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw toOutsideCallError(error, { system: 'dynamodb', attempted });
  }
}

async function translated<T>(attempted: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toOutsideCallError(error, { system: 'dynamodb', attempted });
  }
}
