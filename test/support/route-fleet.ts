/** What the tests of routes arrange with: a fleet of its own for each test, and requests that declare things. */
import type { CustomerSpec } from '../../src/customers/customer.ts';
import type { FinishedOperation } from '../../src/operations/leavings.ts';
import { endOperation } from '../../src/operations/end-operation.ts';
import type { EcrGrantResult, EcrPolicyVersion } from '../../src/ports/ecr-repositories.ts';
import { operationOf } from './answers.ts';
import type { OperationBody } from './answers.ts';
import { createMemoryTable, type MemoryTable } from './memory-table.ts';
import { account, caller, clusterPath, clusterSpec, customerSpec, type Fleet, grantSpec, makeFleet } from './fleet.ts';

export const customerPath = '/v1/customers/acme';
export const accountPath = `${customerPath}/accounts/${account}`;
export const otherPath = '/v1/customers/other';
/** The second customer's. */
export const otherAccount = '777788889999';
export const otherAccountPath = `${otherPath}/accounts/${otherAccount}`;
/** Under the second customer, where `production` is the first one's. */
export const otherClusterPath = `${otherPath}/clusters/production`;

export interface RouteFleet extends Fleet {
  readonly table: MemoryTable;
}

export interface Fleets {
  /** Nothing is registered. */
  readonly empty: () => Promise<RouteFleet>;
  /** With `acme`, its account and its cluster. */
  readonly registered: () => Promise<RouteFleet>;
  /** With `acme` and `other`, each with its account, and no cluster. */
  readonly withTwoCustomers: () => Promise<RouteFleet>;
  /** Registered, and a bootstrap was accepted. */
  readonly operating: () => Promise<{ readonly fleet: RouteFleet; readonly id: string; readonly path: string }>;
}

export function useFleets(): Fleets {
  const empty = async () => {
    const table = createMemoryTable();
    return { ...makeFleet(table), table };
  };
  const registered = async () => {
    const fleet = await empty();
    await fleet.register();
    return fleet;
  };
  return {
    empty,
    registered,
    async withTwoCustomers() {
      const fleet = await empty();
      await registerTwoCustomers(fleet);
      return fleet;
    },
    async operating() {
      const fleet = await registered();
      const { id } = await startBootstrap(fleet);
      return { fleet, id, path: `${customerPath}/operations/${id}` };
    },
  };
}

/** Each with a repository and an account of its own, and no cluster. */
export async function registerTwoCustomers(fleet: Fleet): Promise<void> {
  await putCustomer(fleet);
  await putAccount(fleet);
  await putCustomer(fleet, 'other', { name: 'other' });
  await putAccount(fleet, { path: otherAccountPath });
}

type CustomerChange = Partial<CustomerSpec['repository']> & {
  readonly displayName?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** No two requests come at the same moment. */
export function putCustomer(
  fleet: Fleet,
  customer = 'acme',
  { headers = {}, displayName = customerSpec.displayName, ...changes }: CustomerChange = {},
): Promise<Response> {
  const body = { ...customerSpec, displayName, repository: { ...customerSpec.repository, ...changes } };
  fleet.clock.advance(1);
  return fleet.call('PUT', `/v1/customers/${customer}`, { body, headers });
}

export interface PutOptions {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function putAccount(
  fleet: Fleet,
  { alias = 'production', path = accountPath, headers = {} }: PutOptions & { readonly alias?: unknown } = {},
): Promise<Response> {
  fleet.clock.advance(1);
  return fleet.call('PUT', path, { body: { alias }, headers });
}

/** The cluster of `clusterSpec`, in the account of the customer of the path, with changes. */
export function putCluster(
  fleet: Fleet,
  spec: object = {},
  { path = clusterPath, headers = {} }: PutOptions = {},
): Promise<Response> {
  fleet.clock.advance(1);
  const accountId = path.startsWith(otherPath) ? otherAccount : clusterSpec.accountId;
  return fleet.call('PUT', path, { body: { ...clusterSpec, accountId, ...spec }, headers });
}

export async function startBootstrap(
  fleet: Fleet,
  { path = clusterPath, body }: { readonly path?: string; readonly body?: object } = {},
): Promise<OperationBody> {
  fleet.clock.advance(1);
  return operationOf(await fleet.call('POST', `${path}/bootstrap`, body === undefined ? {} : { body }));
}

export const grantPath = `${customerPath}/ecr-grants/staging-pull`;

/** Asks for the grant of `grantSpec`, with changes. */
export function sendGrant(
  fleet: Fleet,
  spec: object = {},
  { path = grantPath, headers = {} }: PutOptions = {},
): Promise<Response> {
  fleet.clock.advance(1);
  return fleet.call('PUT', path, { body: { ...grantSpec, ...spec }, headers });
}

/** Such a grant is declared; answers the operation that applies it. */
export async function putGrant(fleet: Fleet, spec: object = {}, options: PutOptions = {}): Promise<OperationBody> {
  return operationOf(await sendGrant(fleet, spec, options));
}

/** Such a grant was declared, and its operation has ended. */
export async function grant(fleet: Fleet, spec: object = {}, options: PutOptions = {}): Promise<void> {
  await runToEnd(fleet, (await putGrant(fleet, spec, options)).id);
}

/** What an operation that is done with the repository says of the grant. */
export async function keepResult(
  fleet: Fleet,
  repository: string,
  result: Omit<EcrGrantResult, 'at'> = { state: 'APPLIED' },
): Promise<void> {
  const address = { customer: 'acme', registry: grantSpec.registry, repository };
  const lease = { operationId: 'op-1', token: 'token' };
  const { repositories } = fleet.deps;
  await repositories.lease(address, lease);
  const results = { 'staging-pull': { ...result, at: fleet.clock.now().toISOString() } };
  await repositories.release(address, lease, { grants: ['staging-pull'], results, documentHash: 'hash' });
}

export const keptPolicy = {
  customer: 'acme',
  registry: grantSpec.registry,
  repository: 'team/api',
  id: '20270101T000000.000Z_id1',
  at: '2027-01-01T00:00:00.000Z',
  operationId: 'op-1',
  text: JSON.stringify({ Version: '2012-10-17', Statement: [] }),
} as const satisfies EcrPolicyVersion;

export const historyPath = `${accountPath.replace('/accounts/', '/ecr-registries/')}/${grantSpec.registry.region}/policy-history`;

/** What a write of ours leaves behind, with changes. */
export async function keepPolicy(fleet: Fleet, changes: Partial<EcrPolicyVersion> = {}): Promise<void> {
  await fleet.deps.repositories.keepVersion({ ...keptPolicy, ...changes });
}

/** An operation that had the cluster, ended, and may have left something there. */
export async function leaveSomething(
  fleet: Fleet,
  { leavings = ['flux', 'repository-files'], state = 'FAILED' }: Partial<FinishedOperation> = {},
): Promise<void> {
  const holder = { customer: 'acme', cluster: 'production', operationId: 'op-before' };
  await fleet.registry.claim(holder);
  const endedAt = fleet.clock.now().toISOString();
  const finished = { id: holder.operationId, kind: 'bootstrap-cluster', state, endedAt, leavings } as const;
  await fleet.registry.release({ ...holder, finished });
}

/** Runs and ends, as its workflow would: with its cluster free, and told of in the log. */
export async function runToEnd(
  fleet: Fleet,
  id: string,
  state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED' = 'SUCCEEDED',
): Promise<void> {
  fleet.clock.advance(1);
  const at = fleet.clock.now().toISOString();
  await fleet.operations.markRunning(id, at);
  if (state === 'CANCELLED') await fleet.operations.requestCancel(id, { at, caller });
  await endOperation(fleet.deps, id, endings[state]);
}

const failure = { step: 'preflight', code: 'cluster-not-found', detail: 'gone', retryable: false, remedies: [] };
const endings = {
  SUCCEEDED: { kind: 'succeeded' },
  FAILED: { kind: 'failed', failure },
  CANCELLED: { kind: 'stopped' },
} as const;

/** Runs once, the next time that the method of the registry is called, before it does anything. */
export function beforeNext(
  fleet: Fleet,
  method: Parameters<Fleet['faults']['registry']['onCall']>[0],
  interfere: () => Promise<unknown>,
): void {
  let isDue = true;
  fleet.faults.registry.onCall(method, async () => {
    if (!isDue) return;
    isDue = false;
    await interfere();
  });
}

/** Holds callers of the method until so many have come: then all of them have read the same. */
export function holdUntil(
  fleet: Fleet,
  method: Parameters<Fleet['faults']['registry']['onCall']>[0],
  callers: number,
): void {
  let come = 0;
  const all = Promise.withResolvers<void>();
  fleet.faults.registry.onCall(method, async () => {
    come += 1;
    if (come === callers) all.resolve();
    await all.promise;
  });
}

export async function etagOf(answer: Response | Promise<Response>): Promise<string> {
  return (await answer).headers.get('etag') ?? '';
}

/** The customer's Git host was configured once, and is no longer. */
export async function moveToUnknownHost(fleet: Fleet): Promise<void> {
  const record = await fleet.registry.getCustomer('acme');
  if (!record) throw new Error('there is no customer acme');
  const repository = { ...record.spec.repository, host: 'git.gone' };
  const moved = { ...record, version: record.version + 1, spec: { ...record.spec, repository } };
  await fleet.registry.putCustomer(moved, 'moved');
}
