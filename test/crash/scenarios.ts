/** What is asked of the product in the runs of the laboratory. */
import { operationIdFor } from '../../src/operations/operation-id.ts';
import type { CrashWorld } from './crash-world.ts';
import { grantScenarios } from './grant-scenarios.ts';
import { acme, globex, type Right, type Tenant } from './outside.ts';
import type { ProductLife } from './product-life.ts';
import { register } from './register.ts';
import { tinker } from './somebody.ts';

/** One request of a caller who asks again until there is an answer. */
export interface Ask {
  readonly tenant: Tenant;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Of a POST, the same each time; the others have none. */
  readonly key: string;
  readonly body?: object;
  /** Statuses that the caller may be answered with. */
  readonly statuses: readonly number[];
  /** Asked once a call that begins so is about to be made; at once unless told. */
  readonly at?: string;
}

export interface Scenario {
  readonly name: string;
  readonly tenants: readonly Tenant[];
  /** The world before the first life, made in a life of its own that nothing goes wrong in. */
  readonly arrange: (world: CrashWorld, life: ProductLife, settle: () => Promise<void>) => Promise<void>;
  readonly asks: readonly Ask[];
  /** What an operation may have come to when only crashes and broken connections stood in its way. */
  readonly endings: readonly string[];
  /** What the grants in it say of the repositories' policies. */
  readonly rights: readonly Right[];
}

/** Of a POST. */
export function operationIdOf({ tenant: { customer }, method, path, key }: Ask): string {
  return operationIdFor({ customer, method, path, key }, 0);
}

function bootstrapOf(tenant: Tenant, key = 'key-1'): Ask {
  const path = `${clusterPath(tenant)}/bootstrap`;
  return { tenant, method: 'POST', path, key, statuses: [200, 202] };
}

function clusterPath({ customer, cluster }: Tenant): string {
  return `/v1/customers/${customer}/clusters/${cluster}`;
}

async function bootstrapped(world: CrashWorld, life: ProductLife, settle: () => Promise<void>): Promise<void> {
  await register(world, life);
  for (const tenant of world.tenants) {
    const { path, key } = bootstrapOf(tenant, 'earlier');
    await life.ask('POST', path, { headers: { 'idempotency-key': key } });
  }
  await settle();
}

/** So that there is something to repair. */
async function bootstrappedAndBroken(world: CrashWorld, life: ProductLife, settle: () => Promise<void>): Promise<void> {
  await bootstrapped(world, life, settle);
  for (const tenant of world.tenants) tinker(world.clusters.of(tenant).kubernetes);
}

function cancelOf(ask: Ask, at: string): Ask {
  const path = `/v1/customers/${ask.tenant.customer}/operations/${operationIdOf(ask)}/cancel`;
  return { ...ask, path, key: 'cancel', at, statuses: [200, 202, 404, 409] };
}

const first = bootstrapOf(acme);

export const scenarios: readonly Scenario[] = [
  {
    name: 'bootstrap',
    tenants: [acme],
    arrange: register,
    asks: [first],
    endings: ['SUCCEEDED'],
    rights: [],
  },
  {
    name: 'repair',
    tenants: [acme],
    arrange: bootstrappedAndBroken,
    asks: [bootstrapOf(acme, 'key-2')],
    endings: ['SUCCEEDED'],
    rights: [],
  },
  {
    name: 'cancel',
    tenants: [acme],
    arrange: register,
    asks: [first, cancelOf(first, 'github POST /repos/{repository}/git/trees')],
    endings: ['SUCCEEDED', 'CANCELLED'],
    rights: [],
  },
  {
    name: 'two-customers',
    tenants: [acme, globex],
    arrange: register,
    asks: [first, bootstrapOf(globex)],
    endings: ['SUCCEEDED'],
    rights: [],
  },
  {
    name: 'two-callers',
    tenants: [acme],
    arrange: register,
    // Whoever claims the cluster second is refused.
    asks: [
      { ...first, statuses: [200, 202, 409] },
      { ...bootstrapOf(acme, 'key-3'), body: { allowPrune: true }, statuses: [200, 202, 409] },
    ],
    endings: ['SUCCEEDED', 'REJECTED'],
    rights: [],
  },
  ...grantScenarios,
];

export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (!found) throw new Error(`no scenario ${name}; there are ${scenarios.map((one) => one.name).join(', ')}`);
  return found;
}
