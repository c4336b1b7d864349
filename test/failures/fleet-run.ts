/** The whole product on the crash laboratory's world, for tests that make one thing go wrong and look at what comes of it. */
import { createCrashWorld, type CrashWorld } from '../crash/crash-world.ts';
import { createSequence, type Sequence } from '../crash/sequence.ts';
import type { Tenant } from '../crash/outside.ts';
import type { Carelessness, ProductLife } from '../crash/product-life.ts';
import { type Ask, operationIdOf, scenarioNamed } from '../crash/scenarios.ts';
import type { Point } from '../crash/wire.ts';
import type { Sleeper } from './sleeper.ts';

export interface FleetRun {
  readonly world: CrashWorld;
  /** Bootstraps all at once and comes to rest. */
  run(asks: readonly Ask[], how?: RunHow): Promise<Ran>;
}

export interface RunHow {
  /** Where lives end, one after another. */
  readonly points?: readonly Point[];
  /** Stands between the product and what it is given. */
  readonly between?: Carelessness;
  /** Somebody who is held up. */
  readonly sleeper?: Sleeper | undefined;
}

export interface Ran {
  readonly sequence: Sequence;
  readonly life: ProductLife;
  readonly hasComeToRest: boolean;
  /** Of each ask, as the API shows it. */
  readonly operations: readonly Shown[];
  /** All that was called, in all lives. */
  readonly calls: readonly string[];
  readonly wasHit: boolean;
}

export interface Shown {
  readonly state: string;
  readonly createdAt: string;
  /** Later than it was, once another system has postponed a step. */
  readonly deadlineAt: string;
  readonly failure?: {
    readonly step: string;
    readonly code: string;
    readonly detail: string;
    readonly retryable: boolean;
    readonly remedies: readonly string[];
  };
  readonly steps: readonly { readonly name: string; readonly attempt?: number }[];
}

/** The tenants are registered, and nothing more. */
export async function givenFleet(tenants: readonly Tenant[]): Promise<FleetRun> {
  const world = await createCrashWorld(tenants);
  const quiet = createSequence(world, { asks: [] });
  await quiet.begin();
  await scenarioNamed('bootstrap').arrange(world, quiet.life(), async () => void (await quiet.settle()));
  quiet.life().wire.kill();
  return {
    world,
    async run(asks, { points = [], between, sleeper } = {}) {
      const sequence = createSequence(world, { asks, points, careless: between, between: sleeper?.between });
      await sequence.begin();
      const hasComeToRest = await sequence.settle();
      const calls = sequence.wires().flatMap((wire) => wire.calls);
      const wasHit = sequence.wires().some((wire) => wire.wasHit);
      const operations = [];
      for (const ask of asks) operations.push(await shownOf(sequence.life(), ask));
      return { sequence, life: sequence.life(), hasComeToRest, operations, calls, wasHit };
    },
  };
}

export function bootstrapOf(tenant: Tenant, key: string, body?: object): Ask {
  const path = `${clusterPath(tenant)}/bootstrap`;
  return { tenant, method: 'POST', path, key, statuses: [200, 202], ...(body ? { body } : {}) };
}

export function clusterPath({ customer, cluster }: Tenant): string {
  return `/v1/customers/${customer}/clusters/${cluster}`;
}

async function shownOf(life: ProductLife, ask: Ask): Promise<Shown> {
  const answer = await life.ask('GET', `/v1/customers/${ask.tenant.customer}/operations/${operationIdOf(ask)}`);
  return (await answer.json()) as Shown;
}
