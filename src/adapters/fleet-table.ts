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
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { OutsideCallError, type OutsideFailure } from '../errors.ts';

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
  query(options: { key: Condition; index?: string; limit: number }): Promise<readonly Record<string, unknown>[]>;
}

export function createFleetTable(options: { tableName: string; client: DynamoDBClientConfig }): FleetTable {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(options.client), {
    marshallOptions: { removeUndefinedValues: true },
  });
  const TableName = options.tableName;
  return {
    async get(key) {
      const found = await translated('read an item', () => documents.send(new GetCommand({ TableName, Key: key, ConsistentRead: true })));
      return found.Item;
    },
    put(item, condition) {
      return conditional('write an item', () => documents.send(new PutCommand({ TableName, Item: item, ...conditionInput(condition) })));
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
      return conditional('delete an item', () => documents.send(new DeleteCommand({ TableName, Key: key, ...conditionInput(condition) })));
    },
    async query({ key, index, limit }) {
      const input = {
        TableName,
        KeyConditionExpression: key.expression,
        // An index of DynamoDB is only ever eventually consistent.
        ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
        ...namesAndValues(key),
      };
      const items: Record<string, unknown>[] = [];
      let from: QueryCommandInput['ExclusiveStartKey'];
      // An answer holds 1 MB at most, however many items were asked for.
      do {
        const page = new QueryCommand({ ...input, Limit: limit - items.length, ExclusiveStartKey: from });
        const found = await translated('query items', () => documents.send(page));
        items.push(...(found.Items ?? []));
        from = found.LastEvaluatedKey;
      } while (from !== undefined && items.length < limit);
      return items;
    },
  };
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
    throw translate(attempted, error);
  }
}

async function translated<T>(attempted: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translate(attempted, error);
  }
}

const throttles = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'LimitExceededException',
]);

function translate(attempted: string, error: unknown): OutsideCallError {
  const name = error instanceof Error ? error.name : 'unknown';
  const message = error instanceof Error ? error.message : String(error);
  return new OutsideCallError({ system: 'dynamodb', failure: failureOf(name, error), attempted, answer: `${name}: ${message}`, cause: error });
}

function failureOf(name: string, error: unknown): OutsideFailure {
  if (throttles.has(name)) return 'throttled';
  if (name === 'TimeoutError' || name === 'AbortError') return 'timeout';
  if (name === 'InternalServerError' || name === 'ServiceUnavailable') return 'server-error';
  if (name === 'AccessDeniedException') return 'forbidden';
  const hasNoAnswer = error instanceof Error && !('$metadata' in error && hasStatus(error.$metadata));
  return hasNoAnswer ? 'unreachable' : 'rejected';
}

function hasStatus(metadata: unknown): boolean {
  return typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata && metadata.httpStatusCode !== undefined;
}
