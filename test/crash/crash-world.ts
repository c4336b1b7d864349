/** Everything that outlives the product: its table, the engine's executions, AWS, Git host and clusters. */
import type { ExecutionRecord } from '../../sandbox/engine/execution-record.ts';
import type { ExecutionStore } from '../../sandbox/engine/execution-store.ts';
import type { AwsWorld } from '../../sandbox/simulators/aws-world.ts';
import { awsAttempts } from '../../src/adapters/aws-attempts.ts';
import { createDynamoOperations } from '../../src/adapters/dynamodb-operations.ts';
import { createFleetTable } from '../../src/adapters/fleet-table.ts';
import { fleetTableSchema } from '../../src/adapters/fleet-table-schema.ts';
import type { OperationStore } from '../../src/ports/operation-store.ts';
import { provider } from '../support/aws-simulators.ts';
import { awsHandler } from './aws-handler.ts';
import { awsFrom, awsOf, type AwsSnapshot, awsSnapshot, trustUs } from './aws-side.ts';
import { createGitHubSide, type GitHubSide, type GitHubSnapshot } from './github-side.ts';
import { type ClusterSide, type ClustersSnapshot, createClusterSide } from './cluster-side.ts';
import { type Effect, type Holdings, region, type Tenant } from './outside.ts';
import { registryHoldings } from './registry-side.ts';
import {
  createTable,
  createTableStore,
  readAll,
  type TableStore,
  unverifiedSigner,
  withStates,
  writeAll,
} from './table-store.ts';
import { createVirtualTime, type VirtualTime } from './virtual-time.ts';
import { createWire } from './wire.ts';

export const tableName = 'fleet';

export interface CrashWorld {
  readonly tenants: readonly Tenant[];
  readonly time: VirtualTime;
  readonly tableStore: TableStore;
  readonly aws: AwsWorld;
  readonly github: GitHubSide;
  readonly clusters: ClusterSide;
  /** What really happened at the Git host and in the clusters. */
  effects(): readonly Effect[];
  holdings(): readonly Holdings[];
  readonly executions: KeptExecutions;
  /** The states of each operation as they stood in the table, one after another. */
  readonly states: ReadonlyMap<string, readonly string[]>;
  /** The table as it is, past every wire. */
  readonly operations: OperationStore;
  allItems(): Promise<readonly Record<string, unknown>[]>;
  /** Everything that was said to a log, over all lives. */
  readonly logged: unknown[];
  /** Bodies of all answers of the API. */
  readonly answers: string[];
  /** Private keys that were made, in PEM. */
  readonly privateKeys: string[];
  nextId(): string;
  /** Nothing may be under way. */
  snapshot(): Promise<WorldSnapshot>;
  /** Writes over an operation's end, as only a mistake would. */
  revive(operationId: string): Promise<void>;
  /** The customer's role, which trusts us with its ExternalId. */
  trust(tenant: Tenant, externalId: string): void;
}

export interface KeptExecutions extends ExecutionStore {
  /** What was ever written, as text. */
  readonly texts: string[];
  readonly byName: ReadonlyMap<string, string>;
  records(): readonly ExecutionRecord[];
}

/** All of a world at one moment. */
export interface WorldSnapshot {
  readonly time: number;
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly states: ReadonlyMap<string, readonly string[]>;
  readonly aws: AwsSnapshot;
  readonly github: GitHubSnapshot;
  readonly clusters: ClustersSnapshot;
  readonly executions: { readonly byName: ReadonlyMap<string, string>; readonly texts: readonly string[] };
  readonly said: Readonly<Record<'logged', readonly unknown[]> & Record<'answers' | 'privateKeys', readonly string[]>>;
  readonly lastId: number;
}

/** A world at its beginning, or as another one was. */
export async function createCrashWorld(tenants: readonly Tenant[], from?: WorldSnapshot): Promise<CrashWorld> {
  const time = createVirtualTime(from?.time ?? Date.now());
  const states = new Map(from?.states);
  const tableStore = withStates(createTableStore(), states);
  const client = {
    ...clientBasics,
    requestHandler: awsHandler('dynamodb', createWire(), tableStore),
    signer: unverifiedSigner,
  };
  await createTable(tableStore, { TableName: tableName, ...fleetTableSchema });
  if (from) await writeAll(tableStore, tableName, from.items);
  const aws = from ? awsFrom(from.aws) : awsOf(tenants);
  const github = createGitHubSide({ tenants, now: time.now, from: from?.github });
  const git = github.world.sshAccess();
  const clusters = createClusterSide({ tenants, aws, git, time, from: from?.clusters });
  const table = createFleetTable({ tableName, client });
  let lastId = from?.lastId ?? 0;
  const executions = keptExecutions(from?.executions);
  const said = {
    logged: [...(from?.said.logged ?? [])],
    answers: [...(from?.said.answers ?? [])],
    privateKeys: [...(from?.said.privateKeys ?? [])],
  };
  return {
    ...{ tenants, time, tableStore, states, aws },
    ...{ github, clusters },
    effects: () => [...github.effects(), ...clusters.effects()],
    holdings: () =>
      tenants.map((tenant) => ({
        ...{ tenant, ...github.holdings(tenant), ...clusters.holdings(tenant) },
        ...registryHoldings(aws, tenant),
      })),
    executions,
    ...said,
    operations: createDynamoOperations(table),
    allItems: () => readAll(tableStore, tableName),
    async snapshot() {
      // The table first: it alone takes time, in which nothing else may happen.
      const items = await readAll(tableStore, tableName);
      return {
        ...{ items, lastId, time: time.now().getTime(), states: new Map(states) },
        ...{ aws: awsSnapshot(aws), github: github.snapshot(), clusters: clusters.snapshot() },
        executions: { byName: new Map(executions.byName), texts: [...executions.texts] },
        said: { logged: [...said.logged], answers: [...said.answers], privateKeys: [...said.privateKeys] },
      };
    },
    async revive(operationId) {
      const key = { pk: `OPERATION#${operationId}`, sk: 'OPERATION' };
      const names = { '#state': 'state' };
      const change = { expression: 'SET #state = :state', condition: 'attribute_exists(pk)', names };
      await table.update(key, { ...change, values: { ':state': 'RUNNING' } });
    },
    nextId() {
      lastId += 1;
      return `ID${lastId}`;
    },
    trust: (tenant, externalId) => trustUs(aws, tenant, externalId),
  };
}

export const clientBasics = {
  region,
  endpoint: 'http://aws.example',
  credentials: { accessKeyId: provider.accessKeyId, secretAccessKey: provider.secretAccessKey },
  maxAttempts: awsAttempts,
} as const;

function keptExecutions(from?: WorldSnapshot['executions']): KeptExecutions {
  const byName = new Map(from?.byName);
  const texts = [...(from?.texts ?? [])];
  const records = () => [...byName.values()].map((text) => JSON.parse(text) as ExecutionRecord);
  return {
    texts,
    byName,
    records,
    load: async () => records(),
    async save(record) {
      const text = JSON.stringify(record);
      texts.push(text);
      byName.set(record.executionName, text);
    },
  };
}
