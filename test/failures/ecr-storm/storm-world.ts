/** A customer with one registry, and the product over it: each call to the outside is a moment in which others go on. */
import { createDynamoEcrRepositories } from '../../../src/adapters/dynamodb-ecr-repositories.ts';
import { createDynamoEvents } from '../../../src/adapters/dynamodb-events.ts';
import { createDynamoOperations } from '../../../src/adapters/dynamodb-operations.ts';
import { createDynamoRegistry } from '../../../src/adapters/dynamodb-registry.ts';
import { ecrRepositoryKeys } from '../../../src/adapters/ecr-repository-items.ts';
import type { FleetTable } from '../../../src/adapters/fleet-table.ts';
import type { EcrGrantDependencies } from '../../../src/ecr-access/ecr-grant.service.ts';
import type { EcrRegistry } from '../../../src/ecr-access/ecr-grant.ts';
import type { EcrDependencies } from '../../../src/ecr-access/ecr-job.ts';
import type { Registry } from '../../../src/ports/registry.ts';
import { createMemoryTable, type MemoryTable } from '../../support/memory-table.ts';
import { type SeededRandom, seededRandom } from '../../support/seeded-random.ts';
import type { Attempt } from './attempt.ts';
import { ecrOf } from './attempt-ecr.ts';
import { operationsOf, repositoriesOf } from './attempt-stores.ts';
import { type Delays, stormDelays } from './delays.ts';
import { createReplicatedEcr, type ReplicatedEcr } from './replicated-ecr.ts';
import { createStormRules, type StormRules } from './storm-rules.ts';
import { createVirtualSchedule, type VirtualSchedule } from './virtual-schedule.ts';

export const customer = 'acme';
export const registry: EcrRegistry = { accountId: '333344445555', region: 'eu-west-1' };
export const externalId = 'external-id';
export const roleArn = `arn:aws:iam::${registry.accountId}:role/fleet-api`;

export interface StormWorld {
  readonly random: SeededRandom;
  readonly schedule: VirtualSchedule;
  readonly delays: Delays;
  readonly table: MemoryTable;
  readonly ecr: ReplicatedEcr;
  readonly rules: StormRules;
  /** What went wrong that nobody expected. */
  readonly unexpected: unknown[];
  /** The product as an attempt at a step sees it. */
  dependenciesOf(attempt: Attempt): EcrDependencies;
  /** As a request to the API sees it; `start` begins an execution. */
  service(start: (operationId: string) => void): EcrGrantDependencies;
}

export interface StormWorldOptions {
  readonly seed: number;
  readonly repositories: readonly string[];
  readonly marks: ReadonlyMap<string, string>;
}

export function createStormWorld({ seed, repositories, marks }: StormWorldOptions): StormWorld {
  const random = seededRandom(seed);
  const schedule = createVirtualSchedule(Date.parse('2027-01-01T00:00:00Z'));
  const table = createMemoryTable();
  const ecr = createReplicatedEcr({ registry, names: repositories, random, now: schedule.now });
  const delays = stormDelays(random);
  const tokenOf = (repository: string) => {
    const token = table.find(ecrRepositoryKeys.repository({ customer, registry, repository }))?.['leaseToken'];
    return typeof token === 'string' ? token : undefined;
  };
  const rules = createStormRules({ repositories, marks, truth: ecr.truth, tokenOf });
  const unexpected: unknown[] = [];
  const basics = basicsOf({ schedule, unexpected });
  const slow = slowTable(table, () => schedule.wait(delays.table()));
  const world: StormWorld = {
    ...{ random, schedule, delays, table, ecr, rules, unexpected },
    dependenciesOf: (attempt) => ({
      ...basics,
      registry: createDynamoRegistry(slow),
      operations: operationsOf(createDynamoOperations(slow), rules),
      events: createDynamoEvents(slow),
      repositories: repositoriesOf(createDynamoEcrRepositories(slow, basics), attempt, world),
      ecr: ecrOf(world, attempt),
    }),
    service: (start) => ({
      ...basics,
      registry: createDynamoRegistry(slow),
      operations: operationsOf(createDynamoOperations(slow), rules),
      events: createDynamoEvents(slow),
      repositories: createDynamoEcrRepositories(slow, basics),
      roleName: 'fleet-api',
      engine: { start: async ({ operationId }) => start(operationId), describe: async () => 'running' },
      onStartFailed: (_id, error) => void unexpected.push(error),
    }),
  };
  return world;
}

function basicsOf({ schedule, unexpected }: Pick<StormWorld, 'schedule' | 'unexpected'>) {
  let ids = 0;
  return {
    now: () => new Date(schedule.now()),
    pause: (milliseconds: number) => schedule.wait(milliseconds),
    randomId() {
      ids += 1;
      return `id${String(ids).padStart(6, '0')}`;
    },
    onUnexpected: (_operationId: string, error: unknown) => void unexpected.push(error),
    onEnded: () => undefined,
  };
}

/** Each call arrives after a while. */
function slowTable(table: FleetTable, arrive: () => Promise<void>): FleetTable {
  const after =
    <P extends readonly unknown[], R>(call: (...parameters: P) => Promise<R>) =>
    async (...parameters: P): Promise<R> => {
      await arrive();
      return call(...parameters);
    };
  return {
    get: after(table.get),
    getAll: after(table.getAll),
    put: after(table.put),
    update: after(table.update),
    delete: after(table.delete),
    query: after(table.query),
    queryOnce: after(table.queryOnce),
  };
}

/** Registered, and nothing more. */
export async function registerCustomer(fleetRegistry: Registry, now: Date): Promise<void> {
  const at = now.toISOString();
  const common = { version: 1, createdAt: at, updatedAt: at };
  const repository = { host: 'git.example', owner: 'acme', name: 'infrastructure', branch: 'main' };
  const { putCustomer, putAccount } = fleetRegistry;
  await putCustomer({ id: customer, spec: { displayName: 'Acme', repository }, externalId, ...common }, `${at}_one`);
  await putAccount({ customer, id: registry.accountId, spec: { alias: 'registry' }, ...common }, `${at}_two`);
}
