/**
 * `node onboard.ts API-URL FILE`: onboards a cluster with nothing of ours but the types generated from openapi.yaml.
 *
 * FILE says what to register: `{customer: {id, spec}, account: {id, spec}, cluster: {id, spec}}`; the customer's role has
 * to be there. Prints a summary as JSON. Anything that is not as the contract says it ends the program with status 1.
 */
import { readFile } from 'node:fs/promises';
import createClient from 'openapi-fetch';
import type { components, paths } from './generated/api.d.ts';

type Schemas = components['schemas'];
type Operation = Schemas['Operation'];

interface Onboarding {
  readonly customer: { readonly id: string; readonly spec: Schemas['CustomerSpec'] };
  readonly account: { readonly id: string; readonly spec: Schemas['AccountSpec'] };
  readonly cluster: { readonly id: string; readonly spec: Schemas['ClusterSpec'] };
}

const [apiUrl = '', file = ''] = process.argv.slice(2);
const { customer, account, cluster }: Onboarding = JSON.parse(await readFile(file, 'utf8'));
const api = createClient<paths>({ baseUrl: apiUrl });
const ofCustomer = { customer: customer.id };
const ofCluster = { customer: customer.id, cluster: cluster.id };

try {
  const registered = await register();
  const plan = await planBootstrap();
  const operation = await bootstrap();
  const summary = { ...registered, plan, operation, flux: await readFlux(), lists: await readLists(operation.id) };
  console.log(JSON.stringify(summary, undefined, 2));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}

async function register() {
  const body = customer.spec;
  const made = taken('PUT customer', await api.PUT('/v1/customers/{customer}', { params: { path: ofCustomer }, body }));
  const accountPath = { ...ofCustomer, account: account.id };
  const madeAccount = taken(
    'PUT account',
    await api.PUT('/v1/customers/{customer}/accounts/{account}', {
      params: { path: accountPath },
      body: account.spec,
    }),
  );
  const putCluster = await api.PUT('/v1/customers/{customer}/clusters/{cluster}', {
    params: { path: ofCluster },
    body: cluster.spec,
  });
  const madeCluster = taken('PUT cluster', putCluster);
  await expectGuarded(putCluster.response.headers.get('etag'));
  return {
    customer: made.id,
    account: { id: madeAccount.id, roleArn: madeAccount.status.roleArn, externalId: madeAccount.status.externalId },
    cluster: madeCluster.id,
  };
}

/** The entity tag that came with the cluster guards the next PUT, and one that was made up stops it. */
async function expectGuarded(etag: string | null) {
  expect(etag !== null, 'PUT cluster has an ETag');
  const put = (ifMatch: string) =>
    api.PUT('/v1/customers/{customer}/clusters/{cluster}', {
      params: { path: ofCluster, header: { 'If-Match': ifMatch } },
      body: cluster.spec,
    });
  expect((await put(etag ?? '')).response.status === 200, 'the same PUT again is 200');
  const { error, response } = await put('"0"');
  expect(response.status === 412 && error?.code === 'precondition-failed', 'a stale If-Match is 412');
}

async function planBootstrap() {
  const { checks } = taken(
    'POST plan',
    await api.POST('/v1/customers/{customer}/clusters/{cluster}/plan', { params: { path: ofCluster } }),
  );
  expect(checks.length > 0, 'the plan has checks');
  return { checks: checks.map(({ name, result }) => ({ name, result })) };
}

async function bootstrap() {
  let operation = taken(
    'POST bootstrap',
    await api.POST('/v1/customers/{customer}/clusters/{cluster}/bootstrap', {
      params: { path: ofCluster, header: { Prefer: 'wait=25', 'Idempotency-Key': `onboard-${cluster.id}` } },
    }),
  );
  while (!isResting(operation)) {
    operation = taken(
      'GET operation',
      await api.GET('/v1/customers/{customer}/operations/{operation}', {
        params: { path: { ...ofCustomer, operation: operation.id }, header: { Prefer: 'wait=25' } },
      }),
    );
  }
  expect(operation.state === 'SUCCEEDED', `the bootstrap succeeds, not: ${JSON.stringify(operation)}`);
  const { id, kind, state, steps } = operation;
  return { id, kind, state, steps: steps.map((step) => ({ name: step.name, state: step.state })) };
}

/** Every state has to be named here: one that the contract adds does not compile. */
function isResting({ state }: Operation): boolean {
  switch (state) {
    case 'PENDING':
    case 'RUNNING':
    case 'CANCELLING':
      return false;
    case 'AWAITING_MERGE':
    case 'AWAITING_REGISTRATION':
    case 'SUCCEEDED':
    case 'FAILED':
    case 'CANCELLED':
    case 'REJECTED':
      return true;
  }
}

async function readFlux() {
  const { reachability, live, lastKnown } = taken(
    'GET flux',
    await api.GET('/v1/customers/{customer}/clusters/{cluster}/flux', { params: { path: ofCluster } }),
  );
  expect(reachability.isReachable, `the cluster is reachable, not: ${JSON.stringify(reachability)}`);
  const controllers = live?.controllers ?? [];
  return {
    version: live?.version,
    isReady: live?.sync?.isReady,
    revision: lastKnown?.bootstrap?.revision,
    controllers: controllers.map(({ name, isAvailable }) => ({ name, isAvailable })),
  };
}

async function readLists(operation: string) {
  const clusters = await all('GET clusters', (page) =>
    api.GET('/v1/customers/{customer}/clusters', { params: { path: ofCustomer, query: page } }),
  );
  const fleet = await all('GET fleet clusters', (page) => api.GET('/v1/clusters', { params: { query: page } }));
  const operations = await all('GET operations', (page) =>
    api.GET('/v1/customers/{customer}/operations', { params: { path: ofCustomer, query: page } }),
  );
  const events = await all('GET events', (page) =>
    api.GET('/v1/customers/{customer}/events', { params: { path: ofCustomer, query: page } }),
  );
  const { items: deployKeys } = taken(
    'GET deploy keys',
    await api.GET('/v1/customers/{customer}/clusters/{cluster}/deploy-keys', { params: { path: ofCluster } }),
  );
  expect(
    operations.some(({ id }) => id === operation),
    'the operation is in its list',
  );
  return {
    clusters: clusters.map(({ id }) => id),
    isInFleet: fleet.some((one) => one.customer === customer.id && one.id === cluster.id),
    operations: operations.map(({ id }) => id),
    events: events.map(({ type }) => type),
    deployKeys: deployKeys?.length,
  };
}

interface Fetched<Body> {
  readonly data?: Body;
  readonly error?: unknown;
  readonly response: Response;
}

/** All pages of a list; small ones, so that there is more than one. */
async function all<Item>(
  what: string,
  get: (page: {
    pageSize: number;
    pageToken?: string;
  }) => Promise<Fetched<{ readonly items: readonly Item[]; readonly nextPageToken?: string }>>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let pageToken: string | undefined;
  do {
    const page = taken(what, await get({ pageSize: 2, ...(pageToken === undefined ? {} : { pageToken }) }));
    expect(page.items.length <= 2, `${what}: a page has the size that was asked for at most`);
    items.push(...page.items);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return items;
}

function taken<Body>(what: string, { data, error, response }: Fetched<Body>): Body {
  if (data !== undefined) return data;
  throw new Error(`${what}: ${response.status} ${JSON.stringify(error)}`);
}

function expect(isSo: boolean, claim: string): void {
  if (!isSo) throw new Error(`the contract promises that ${claim}`);
}
