/** Grants that are asked for one after another, over the real adapters, and a time in which AWS turns requests away. */
import { createAwsServices } from '../../sandbox/aws-app.ts';
import { allowEverything, type AwsWorld, createAwsWorld, makeAwsId } from '../../sandbox/simulators/aws-world.ts';
import { newRepository } from '../../sandbox/simulators/ecr/ecr-repository.ts';
import type { Fault, Faulty } from '../../sandbox/simulators/faults.ts';
import { policyDocument } from '../../sandbox/simulators/iam-policy.ts';
import { createDynamoEcrRepositories } from '../../src/adapters/dynamodb-ecr-repositories.ts';
import { createDynamoEvents } from '../../src/adapters/dynamodb-events.ts';
import { createDynamoOperations } from '../../src/adapters/dynamodb-operations.ts';
import { createDynamoRegistry } from '../../src/adapters/dynamodb-registry.ts';
import { createEcrRegistry } from '../../src/adapters/ecr-registry.ts';
import { createFleetTable } from '../../src/adapters/fleet-table.ts';
import { fleetTableSchema } from '../../src/adapters/fleet-table-schema.ts';
import { putEcrGrant } from '../../src/ecr-access/ecr-grant.service.ts';
import { OutsideCallError } from '../../src/errors.ts';
import type { Operation } from '../../src/operations/operation.ts';
import { sweepOperations } from '../../src/operations/sweep-operations.ts';
import { askHono, awsHandler } from '../crash/aws-handler.ts';
import { clientBasics, tableName } from '../crash/crash-world.ts';
import { createTable, createTableStore } from '../crash/table-store.ts';
import { createVirtualTime, type VirtualTime } from '../crash/virtual-time.ts';
import { createWire, type Wire } from '../crash/wire.ts';
import { provider, trustPolicy } from '../support/aws-simulators.ts';
import { createExecutions } from './ecr-storm/execution.ts';
import { customer, externalId, registerCustomer, registry, roleArn } from './ecr-storm/storm-world.ts';
import { passUntil } from './storm-run.ts';
import { throttledTable } from './throttled-table.ts';
import { runTimersBy } from './virtual-timers.ts';

export interface ThrottlingOptions {
  /** Seconds from the beginning, when each of the grants is asked for. */
  readonly begins: readonly number[];
  readonly faults: readonly Fault[];
  readonly stormSeconds: number;
  /** So long it is looked on. */
  readonly seconds: number;
}

export interface ThrottlingReport {
  readonly operations: readonly { readonly state: string; readonly begun: number; readonly ended: number }[];
  /** Whatever was sent, also again. */
  readonly requests: number;
}

const repositories = Array.from({ length: 24 }, (_, index) => `team/service-${index}`);

export async function runThrottled(options: ThrottlingOptions): Promise<ThrottlingReport> {
  const time = createVirtualTime(Date.now());
  const wire = createWire();
  const table: Faulty = { faults: [] };
  const product = await productOver({ time, wire, aws: awsWorld(), table });
  const start = time.now().getTime();
  const { schedule } = time.forLife(() => false);
  const putBack = runTimersBy(time);
  try {
    const before = wire.calls.length;
    product.setFaults(options.faults);
    time.everyMinute(() => void product.sweep());
    schedule(options.stormSeconds * 1000, () => product.setFaults([]));
    for (const [index, seconds] of options.begins.entries()) {
      schedule(seconds * 1000, () => void product.grant(index));
    }
    await passUntil(start + options.seconds * 1000, { time }, wire);
    const requests = wire.calls.length - before;
    const since = (at = '') => (Date.parse(at) - start) / 1000;
    const operations = (await product.operations()).map(({ state, createdAt, endedAt }) => ({
      ...{ state, begun: since(createdAt), ended: since(endedAt) },
    }));
    return { operations, requests };
  } finally {
    putBack();
  }
}

function awsWorld(): AwsWorld {
  const aws = createAwsWorld();
  aws.principals.set(provider.accessKeyId, { ...provider, policy: allowEverything });
  const trust = policyDocument.parse(trustPolicy(externalId));
  const role = { arn: roleArn, roleId: makeAwsId('AROA'), trustPolicy: trust, policy: allowEverything };
  aws.roles.set(roleArn, { ...role, maxSessionSeconds: 3600 });
  const place = { registryId: registry.accountId, region: registry.region };
  for (const name of repositories) {
    const made = newRepository(place, { name, createdAt: aws.now(), encryption: { type: 'AES256' } });
    aws.ecrRepositories.set(made.arn, made);
  }
  return aws;
}

interface Parts {
  readonly time: VirtualTime;
  readonly wire: Wire;
  readonly aws: AwsWorld;
  readonly table: Faulty;
}

async function productOver({ time, wire, aws, table }: Parts) {
  const ports = await portsOver({ wire, aws, table, now: time.now });
  const { sleep } = time.forLife(() => false);
  const unexpected: unknown[] = [];
  // That our own table turns requests away is what this is about.
  const note = (error: unknown) => {
    if (!(error instanceof OutsideCallError)) unexpected.push(error);
  };
  let ids = 0;
  const deps = {
    ...ports,
    now: time.now,
    pause: sleep,
    randomId: () => `id${(ids += 1)}`,
    onUnexpected: (_id: string, error: unknown) => note(error),
    onEnded: () => undefined,
  };
  const wait = (milliseconds: number) => sleep(milliseconds, new AbortController().signal);
  const executions = createExecutions({ schedule: { wait }, unexpected, dependenciesOf: () => deps });
  const started = new Set<string>();
  const service = {
    ...deps,
    roleName: 'fleet-api',
    engine: {
      async start({ operationId }: { operationId: string }) {
        // As the engine does: a name is one execution.
        if (!started.has(operationId)) executions.start(operationId);
        started.add(operationId);
      },
      describe: async ({ operationId }: { operationId: string }) =>
        started.has(operationId) ? ('running' as const) : ('unknown' as const),
    },
    onStartFailed: (_id: string, error: unknown) => void unexpected.push(error),
  };
  const accepted = new Set<string>();
  await registerCustomer(ports.registry, time.now());
  return {
    /** As a caller does: again, when there was no answer that says what became of it. */
    async grant(index: number): Promise<void> {
      try {
        const { id } = await putEcrGrant(service, requestOf(index));
        accepted.add(id);
      } catch (error) {
        if (!(error instanceof OutsideCallError)) throw error;
        await wait(5000);
        await this.grant(index);
      }
    },
    async sweep(): Promise<void> {
      await sweepOperations(service).catch(note);
    },
    async operations(): Promise<readonly Operation[]> {
      if (unexpected.length > 0) throw new AggregateError(unexpected);
      const found = await Promise.all([...accepted].map((id) => ports.operations.get(id)));
      return found.flatMap((operation) => operation ?? []);
    },
    setFaults(faults: readonly Fault[]) {
      // Each counts its own calls.
      for (const faulty of [aws, table]) faulty.faults = faults.map((fault) => ({ ...fault }));
    },
  };
}

function requestOf(index: number) {
  const accountId = String(100_000_000_000 + index);
  const names = [0, 1, 2].map((offset) => repositories[(index * 3 + offset) % repositories.length] ?? '');
  return {
    ...{ customer, id: `grant-${index}`, precondition: { mustBeNew: false }, actor: { caller: 'somebody' } },
    spec: {
      ...{ registry, repositories: { names }, principal: { type: 'account', accountId } as const },
      ...({ access: 'pull', reason: 'throttling' } as const),
    },
  };
}

async function portsOver({ wire, aws, table, now }: Omit<Parts, 'time'> & { readonly now: () => Date }) {
  const store = throttledTable(createTableStore(), table);
  await createTable(store, { TableName: tableName, ...fleetTableSchema });
  const client = { ...clientBasics, requestHandler: awsHandler('dynamodb', wire, store) };
  const fleetTable = createFleetTable({ tableName, client });
  const services = createAwsServices(aws);
  return {
    registry: createDynamoRegistry(fleetTable),
    operations: createDynamoOperations(fleetTable),
    events: createDynamoEvents(fleetTable),
    repositories: createDynamoEcrRepositories(fleetTable, { now }),
    ecr: createEcrRegistry({
      credentials: clientBasics.credentials,
      ...{ stsEndpoint: clientBasics.endpoint, ecrEndpoint: clientBasics.endpoint },
      requestHandler: awsHandler('customer', wire, (request, url) => askHono(services, request, url)),
    }),
  };
}
