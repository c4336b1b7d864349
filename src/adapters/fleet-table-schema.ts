import type { CreateTableCommandInput, GlobalSecondaryIndex } from '@aws-sdk/client-dynamodb';

/**
 * Keys of the one table. Its indexes are sparse and hold keys only, none of which ever changes, so that an update of an
 * item costs nothing in them: `open-operations` has the operations that have not ended, `fleet` all customers, clusters
 * and operations by kind, `customer-operations` the operations of each customer. Its TTL attribute, which a table is given
 * apart from its schema, is `expiresAt`; nothing depends on it.
 */
export const fleetTableSchema: Omit<CreateTableCommandInput, 'TableName'> = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'open', AttributeType: 'S' },
    { AttributeName: 'createdAt', AttributeType: 'S' },
    { AttributeName: 'listKind', AttributeType: 'S' },
    { AttributeName: 'listOwner', AttributeType: 'S' },
    { AttributeName: 'listKey', AttributeType: 'S' },
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
    listIndex('fleet', 'listKind'),
    listIndex('customer-operations', 'listOwner'),
  ],
  BillingMode: 'PAY_PER_REQUEST',
};

function listIndex(name: string, hashKey: string): GlobalSecondaryIndex {
  return {
    IndexName: name,
    KeySchema: [
      { AttributeName: hashKey, KeyType: 'HASH' },
      { AttributeName: 'listKey', KeyType: 'RANGE' },
    ],
    Projection: { ProjectionType: 'KEYS_ONLY' },
  };
}
