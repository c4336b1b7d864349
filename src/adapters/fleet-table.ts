import {
  ConditionalCheckFailedException,
  type CreateTableCommandInput,
  DynamoDBClient,
  type DynamoDBClientConfig,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  type QueryCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { toOutsideCallError } from './aws-call-errors.ts';

/** Keys of the one table; `open` is the sparse index of operations that have not ended. */
export const fleetTableSchema: Omit<CreateTableCommandInput, 'TableName'> = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'open', AttributeType: 'S' },
    { AttributeName: 'createdAt', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'open-operations',
      KeySchema: [
        { AttributeName: 'open', KeyType: 'HASH' },
        { AttributeName: 'createdAt', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  BillingMode: 'PAY_PER_REQUEST',
};

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

export interface Condition {
  readonly expression: string;
  readonly names?: Record<string, string>;
  readonly values?: Record<string, unknown>;
}

/** Single-item reads and conditional writes; a condition that does not hold is an answer, not an error. */
export interface FleetTable {
  get(key: ItemKey): Promise<Record<string, unknown> | undefined>;
  put(item: ItemKey & Record<string, unknown>, condition: Condition): Promise<boolean>;
  update(key: ItemKey, update: Condition & { readonly condition: string }): Promise<boolean>;
  delete(key: ItemKey, condition: Condition): Promise<boolean>;
  /** All items up to the limit, however many pages they take. */
  query(options: { key: Condition; index?: string; limit: number }): Promise<readonly Record<string, unknown>[]>;
}

export function createFleetTable(options: { tableName: string; client: DynamoDBClientConfig }): FleetTable {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(options.client), {
    marshallOptions: { removeUndefinedValues: true },
  });
  const TableName = options.tableName;
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
    query({ key, index, limit }) {
      const input = {
        TableName,
        KeyConditionExpression: key.expression,
        Limit: limit,
        // An index of DynamoDB is only ever eventually consistent.
        ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
        ...namesAndValues(key),
      };
      return translated('query items', () => collect(documents, input));
    },
  };
}

/** A page ends at 1 MB, however few items that are. */
async function collect(
  client: DynamoDBDocumentClient,
  input: QueryCommandInput & { readonly Limit: number },
): Promise<readonly Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
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
    ...(condition.names ? { ExpressionAttributeNames: condition.names } : {}),
    ...(condition.values ? { ExpressionAttributeValues: condition.values } : {}),
  };
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
