/** Bootstraps that begin one after another, and a time in which every service turns part of the requests away. */
import { setImmediate as turn } from 'node:timers/promises';
// Loaded before: while a module is loaded no call is under way, and time would pass.
import '../../src/flux-bootstrap/bootstrap.schema.ts';
import type { Fault, Faulty } from '../../sandbox/simulators/faults.ts';
import { createCrashWorld, type CrashWorld } from '../crash/crash-world.ts';
import type { Tenant } from '../crash/outside.ts';
import { type ProductLife, startLife } from '../crash/product-life.ts';
import { operationIdOf, scenarioNamed } from '../crash/scenarios.ts';
import { createWire, type Wire } from '../crash/wire.ts';
import { bootstrapOf, type Shown } from './fleet-run.ts';
import { throttledTable } from './throttled-table.ts';
import { runTimersBy } from './virtual-timers.ts';

export interface StormOptions {
  /** When each customer's cluster is bootstrapped. */
  readonly begins: readonly number[];
  /** What every service does to requests from the beginning on, and for how long. */
  readonly faults: readonly Fault[];
  readonly stormSeconds: number;
  /** So long it is looked on. */
  readonly seconds: number;
}

export interface StormReport {
  readonly operations: readonly TimedOperation[];
  /** By system; whatever was sent, also again. */
  readonly requests: ReadonlyMap<string, number>;
}

export interface TimedOperation {
  readonly state: string;
  /** Seconds from the run's beginning, as all of these. */
  readonly begun: number;
  readonly ended: number;
  readonly attempts: number;
}

export async function runStorm(options: StormOptions): Promise<StormReport> {
  const tenants = options.begins.map((_, index) => tenantOf(index));
  const table: Faulty = { faults: [] };
  const made = await createCrashWorld(tenants);
  const world = { ...made, tableStore: throttledTable(made.tableStore, table) };
  const wire = createWire();
  const life = await startLife(world, wire);
  await scenarioNamed('bootstrap').arrange(world, life, async () => undefined);
  const putBack = runTimersBy(world.time);
  try {
    const before = wire.calls.length;
    const start = world.time.now().getTime();
    world.time.everyMinute(() => life.sweep());
    setFaults(world, table, options.faults);
    const { schedule } = world.time.forLife(() => false);
    schedule(options.stormSeconds * 1000, () => setFaults(world, table, []));
    for (const [index, seconds] of options.begins.entries()) {
      schedule(seconds * 1000, () => void bootstrap(world, life, tenantOf(index)));
    }
    await passUntil(start + options.seconds * 1000, world, wire);
    const requests = bySystem(wire.calls.slice(before));
    const operations = [];
    for (const tenant of tenants) operations.push(await timedOperation(life, tenant, start));
    return { operations, requests };
  } finally {
    putBack();
  }
}

function tenantOf(index: number): Tenant {
  const customer = `customer-${index}`;
  const repository = { owner: customer, name: 'infrastructure' };
  return { customer, cluster: 'production', accountId: String(100_000_000_000 + index), repository };
}

function setFaults({ aws, clusters, tenants }: CrashWorld, table: Faulty, faults: readonly Fault[]): void {
  const kubernetes = tenants.map((tenant) => clusters.of(tenant).kubernetes);
  // Each counts its own calls.
  for (const faulty of [aws, table, ...kubernetes]) faulty.faults = faults.map((fault) => ({ ...fault }));
}

/** As a caller does: again, when there was no answer that says what became of it. */
async function bootstrap({ time }: CrashWorld, life: ProductLife, tenant: Tenant): Promise<void> {
  const { method, path, key } = bootstrapOf(tenant, 'storm');
  const { sleep } = time.forLife(() => false);
  for (;;) {
    const answer = await life.ask(method, path, { headers: { 'idempotency-key': key } });
    if (answer.status < 500) return;
    await sleep(Number(answer.headers.get('retry-after') ?? 5) * 1000, new AbortController().signal);
  }
}

export async function passUntil(end: number, { time }: Pick<CrashWorld, 'time'>, wire: Wire): Promise<void> {
  while (time.now().getTime() < end) {
    await quiet(wire);
    time.next();
  }
}

/** Turns of the event loop without a call, after which nothing more comes before time passes. */
const quietTurns = 5;

async function quiet(wire: Wire): Promise<void> {
  for (let turns = 0, calls = -1; turns < quietTurns; turns += 1) {
    await turn();
    if (wire.underWay > 0 || wire.calls.length !== calls) turns = 0;
    calls = wire.calls.length;
  }
}

function bySystem(calls: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const call of calls) {
    const system = call.split(' ', 1)[0] ?? '';
    counts.set(system, (counts.get(system) ?? 0) + 1);
  }
  return counts;
}

async function timedOperation(life: ProductLife, tenant: Tenant, start: number): Promise<TimedOperation> {
  const id = operationIdOf(bootstrapOf(tenant, 'storm'));
  const answer = await life.ask('GET', `/v1/customers/${tenant.customer}/operations/${id}`);
  const { state, createdAt, endedAt, steps } = (await answer.json()) as Shown & Record<'createdAt' | 'endedAt', string>;
  const since = (at: string) => (Date.parse(at) - start) / 1000;
  const attempts = steps.reduce((sum, { attempt = 0 }) => sum + attempt, 0);
  return { state, begun: since(createdAt), ended: since(endedAt), attempts };
}
