/** A page of the whole fleet's clusters, of a fleet of a hundred and of one of ten thousand, in turn. */
import { clusterRecord } from '../contracts/registry-records.ts';
import type { DynamoDb } from '../rig/parts/dynamodb.ts';
import { clusterSpec, type Fleet } from '../support/fleet.ts';
import type { Finding } from './findings.ts';
import { createLocalFleet, type LocalFleet } from './local-fleet.ts';
import { median } from './measure.ts';

const path = '/v1/clusters?pageSize=50';
const fewClusters = 100;
const manyClusters = 10_000;
const measure = `page of ${manyClusters} clusters ÷ of ${fewClusters}`;
/** Until both the client's connections and the server's code are warm. */
const warmUps = 20;

export async function measureList(dynamodb: DynamoDb, requests: number): Promise<readonly Finding[]> {
  const [few, many] = [await createLocalFleet(dynamodb, 'few'), await createLocalFleet(dynamodb, 'many')];
  const answer = await few.fleet.call('GET', path);
  if (answer.status === 404) {
    const detail = `GET ${path} answers 404`;
    return [{ measure, value: undefined, unit: 'ratio', goal: 1.2, detail }];
  }
  await seed(few.fleet, fewClusters);
  await seed(many.fleet, manyClusters);
  for (let request = 0; request < warmUps; request += 1) {
    for (const { fleet } of [few, many]) await secondsOfPage(fleet);
  }
  const seconds: { readonly few: number[]; readonly many: number[] } = { few: [], many: [] };
  for (let request = 0; request < requests; request += 1) {
    if (request % 2 === 0) seconds.few.push(await secondsOfPage(few.fleet));
    seconds.many.push(await secondsOfPage(many.fleet));
    if (request % 2 === 1) seconds.few.push(await secondsOfPage(few.fleet));
  }
  return [timeFinding(seconds), await unitsFinding(few, many)];
}

function timeFinding(seconds: { readonly few: readonly number[]; readonly many: readonly number[] }): Finding {
  const [many, few] = [median(seconds.many), median(seconds.few)];
  const [manyMs, fewMs] = [many * 1000, few * 1000];
  const detail = `${manyMs.toFixed(1)} ms ÷ ${fewMs.toFixed(1)} ms, medians of ${seconds.many.length} requests each`;
  return { measure, value: many / few, unit: 'ratio', goal: 1.2, detail };
}

/** Tells a page that costs more from one that only took longer. */
async function unitsFinding(few: LocalFleet, many: LocalFleet): Promise<Finding> {
  const [ofFew, ofMany] = [await meteredPage(few), await meteredPage(many)];
  const detail = `${ofMany.readUnits} ÷ ${ofFew.readUnits} read units, for ${ofMany.clusters} and ${ofFew.clusters} clusters`;
  return {
    measure: 'the same in read units',
    value: ofMany.readUnits / ofFew.readUnits,
    unit: 'ratio',
    goal: null,
    detail,
  };
}

async function meteredPage({ metered, meter }: LocalFleet): Promise<{ clusters: number; readUnits: number }> {
  const { result, usage } = await meter.during(() => readPage(metered));
  return { clusters: result.clusters, readUnits: usage.readUnits };
}

async function secondsOfPage(fleet: Fleet): Promise<number> {
  const startedAt = performance.now();
  await readPage(fleet);
  return (performance.now() - startedAt) / 1000;
}

async function readPage(fleet: Fleet): Promise<{ readonly clusters: number }> {
  const response = await fleet.call('GET', path);
  const text = await response.text();
  if (!response.ok) throw new Error(`GET ${path} answers ${response.status}: ${text}`);
  const { items } = JSON.parse(text) as { readonly items: readonly unknown[] };
  if (items.length === 0) throw new Error(`GET ${path} finds none of the clusters`);
  return { clusters: items.length };
}

const clustersPerCustomer = 20;
/** At once: more do not make DynamoDB Local faster. */
const lanes = 24;

/** By the registry itself, for a PUT takes nine requests. */
async function seed({ registry }: Fleet, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => index).values();
  await Promise.all(Array.from({ length: lanes }, () => seedFrom(numbers)));

  async function seedFrom(shared: Iterable<number>): Promise<void> {
    for (const number of shared) {
      const customer = `customer-${Math.floor(number / clustersPerCustomer)}`;
      const id = `cluster-${number}`;
      await registry.createRuntime(customer, id, 0);
      const record = clusterRecord({ customer, id, spec: { ...clusterSpec, eksName: id } });
      const { kind } = await registry.putCluster(record, `event-${number}`);
      if (kind !== 'written') throw new Error(`cluster ${number} was not written`);
    }
  }
}
