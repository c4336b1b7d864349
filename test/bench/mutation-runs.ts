/** What each call that changes something costs at DynamoDB. */
import type { DynamoDb } from '../rig/parts/dynamodb.ts';
import { operationOf } from '../support/answers.ts';
import { account, type CallOptions, clusterPath, clusterSpec, customerSpec, type Fleet } from '../support/fleet.ts';
import type { Usage } from './capacity-meter.ts';
import type { Finding } from './findings.ts';
import { createLocalFleet, type LocalFleet } from './local-fleet.ts';

interface Call {
  readonly method: string;
  readonly path: string;
  readonly options?: CallOptions;
}

interface Mutation extends Call {
  readonly name: string;
}

const acmePath = '/v1/customers/acme';
const accountPath = `${acmePath}/accounts/${account}`;

/** In an order in which each finds what it needs. */
const mutations: readonly Mutation[] = [
  { name: 'create a customer', ...put(acmePath, customerSpec) },
  { name: 'replace a customer', ...put(acmePath, { ...customerSpec, displayName: 'Acme Limited' }) },
  { name: 'create an account', ...put(accountPath, { alias: 'production' }) },
  { name: 'replace an account', ...put(accountPath, { alias: 'main' }) },
  { name: 'create a cluster', ...put(clusterPath, clusterSpec) },
  { name: 'replace a cluster', ...put(clusterPath, { ...clusterSpec, environment: 'production' }) },
  { name: 'bootstrap', ...bootstrap(clusterPath) },
];

/** Nothing was left in any of these, so that they may be deleted. */
const idle = {
  customer: '/v1/customers/idle',
  account: `${acmePath}/accounts/444455556666`,
  cluster: `${acmePath}/clusters/idle`,
};

const idleCalls: readonly Call[] = [
  put(idle.customer, { ...customerSpec, repository: { ...customerSpec.repository, name: 'idle' } }),
  put(idle.account, { alias: 'idle' }),
  put(idle.cluster, { ...clusterSpec, eksName: 'idle' }),
];

const deletions: readonly Mutation[] = [
  { name: 'delete a cluster', method: 'DELETE', path: idle.cluster },
  { name: 'delete an account', method: 'DELETE', path: idle.account },
  { name: 'delete a customer', method: 'DELETE', path: idle.customer },
];

export async function measureMutations(dynamodb: DynamoDb): Promise<readonly Finding[]> {
  const local = await createLocalFleet(dynamodb, 'mutations');
  const findings: Finding[] = [];
  for (const mutation of mutations) findings.push(...(await measure(local, mutation)));
  findings.push(...(await measure(local, await cancellation(local.fleet))));
  for (const call of idleCalls) await prepare(local.fleet, call);
  for (const mutation of deletions) findings.push(...(await measure(local, mutation)));
  return findings;
}

/** Of an operation whose execution is under way. */
async function cancellation(fleet: Fleet): Promise<Mutation> {
  const cluster = `${acmePath}/clusters/cancelled`;
  await prepare(fleet, put(cluster, { ...clusterSpec, eksName: 'cancelled' }));
  const { id } = await operationOf(await prepare(fleet, bootstrap(cluster)));
  await fleet.operations.markRunning(id, fleet.clock.now().toISOString());
  return { name: 'cancel', method: 'POST', path: `${acmePath}/operations/${id}/cancel` };
}

async function prepare(fleet: Fleet, { method, path, options }: Call): Promise<Response> {
  const response = await fleet.call(method, path, options);
  if (!response.ok) throw new Error(`${method} ${path} answers ${response.status}: ${await response.text()}`);
  return response;
}

async function measure(local: LocalFleet, { name, method, path, options }: Mutation): Promise<readonly Finding[]> {
  // What is written again with another time in it is changed.
  local.metered.clock.advance(1000);
  const before = await local.items();
  const { result: response, usage } = await local.meter.during(() => local.metered.call(method, path, options));
  const changed = countChanges(before, await local.items());
  const answer = await response.text();
  if (!response.ok) return unmeasured(name, `${method} answers ${response.status}: ${answer.slice(0, 60)}`);
  return [writesFinding(name, usage, changed), readsFinding(name, usage)];
}

function countChanges(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): number {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].filter((key) => before.get(key) !== after.get(key)).length;
}

function writesFinding(name: string, { writeUnits, indexWriteUnits }: Usage, changed: number): Finding {
  const detail = `${changed} items changed; ${indexWriteUnits} write units on indexes`;
  return { measure: `${name}: writes`, value: writeUnits, unit: 'write units', goal: changed + 1, detail };
}

function readsFinding(name: string, { reads, keysRead, readUnits }: Usage): Finding {
  const detail = `${keysRead} keys; ${readUnits} read units`;
  return { measure: `${name}: reads`, value: reads, unit: 'reads', goal: 2, detail };
}

function unmeasured(name: string, detail: string): readonly Finding[] {
  return [
    { measure: `${name}: writes`, value: undefined, unit: 'write units', goal: null, detail },
    { measure: `${name}: reads`, value: undefined, unit: 'reads', goal: 2, detail },
  ];
}

function put(path: string, body: object): Call {
  return { method: 'PUT', path, options: { body } };
}

function bootstrap(cluster: string): Call {
  return { method: 'POST', path: `${cluster}/bootstrap` };
}
