/** One grant over many repositories, against what ECR's own latency takes; and a large policy, against its JSON. */
import { createEcrRegistry } from '../../src/adapters/ecr-registry.ts';
import { concurrentRepositories, emptyTally } from '../../src/ecr-access/write-policies.ts';
import { createEcrSteps } from '../../src/ecr-access/write-ecr-policies.steps.ts';
import { firstTargets } from '../../src/ecr-access/repository-targets.ts';
import type { EcrGrantRecord } from '../../src/ecr-access/ecr-grant.ts';
import { renderPolicy } from '../../src/ecr-access/render-policy.ts';
import type { DynamoDb } from '../rig/parts/dynamodb.ts';
import { provider, startAwsSimulators, trustPolicy } from '../support/aws-simulators.ts';
import type { AwsSimulators } from '../support/aws-simulators.ts';
import { account, customerSpec, grantSpec } from '../support/fleet.ts';
import type { Fleet } from '../support/fleet.ts';
import type { Finding } from './findings.ts';
import { createLocalFleet } from './local-fleet.ts';
import { median } from './measure.ts';

const repositories = 200;
/** Read, write, read back. */
const callsEach = 3;
const latencyMs = 100;
const rounds = 3;

export async function measureGrants(dynamodb: DynamoDb): Promise<readonly Finding[]> {
  const aws = await startAwsSimulators();
  try {
    return [await measureWriting(dynamodb, aws), measureRendering()];
  } finally {
    await aws.stop();
  }
}

async function measureWriting(dynamodb: DynamoDb, aws: AwsSimulators): Promise<Finding> {
  const { fleet } = await createLocalFleet(dynamodb, 'grants');
  await enter(fleet, aws);
  const names = Array.from({ length: repositories }, (_, index) => `team/service-${index}`);
  const { accountId, region } = grantSpec.registry;
  for (const name of names) await aws.put(`ecr/${accountId}/${region}/${name}`, {});
  // In each call, for ever: a delay is no error.
  await aws.put('faults', [{ action: 'ecr:*', times: 1_000_000, delayMilliseconds: latencyMs }]);
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const grant = `grant-${round}`;
    const principal = { type: 'account', accountId: String(222_233_334_440 + round) };
    const body = { ...grantSpec, repositories: { names }, principal };
    const answer = await fleet.call('PUT', `/v1/customers/acme/ecr-grants/${grant}`, { body });
    const { id } = (await answer.json()) as { readonly id: string };
    seconds.push(await secondsOfWriting(fleet, aws, id));
  }
  const ideal = (repositories * callsEach * latencyMs) / concurrentRepositories / 1000;
  const value = median(seconds) / ideal;
  const shown = seconds.map((one) => one.toFixed(2)).join(', ');
  return {
    measure: `one grant over ${repositories} repositories ÷ its calls alone`,
    ...{ value, unit: 'ratio', goal: 1.3 },
    detail: `${shown} s ÷ ${ideal} s (${callsEach} calls of ${latencyMs} ms each, ${concurrentRepositories} at a time)`,
  };
}

async function enter(fleet: Fleet, aws: AwsSimulators): Promise<void> {
  await fleet.call('PUT', '/v1/customers/acme', { body: customerSpec });
  const path = `/v1/customers/acme/accounts/${account}`;
  const answer = await fleet.call('PUT', path, { body: { alias: 'registry' } });
  const { status } = (await answer.json()) as { readonly status: { readonly externalId: string } };
  const { accessKeyId, secretAccessKey, arn } = provider;
  await aws.put(`principals/${accessKeyId}`, { secretAccessKey, arn });
  await aws.put(`roles/${account}/fleet-api`, { trustPolicy: trustPolicy(status.externalId) });
}

/** The step that writes, from its first visit to its last. */
async function secondsOfWriting(fleet: Fleet, aws: AwsSimulators, operationId: string): Promise<number> {
  const ecr = createEcrRegistry({ credentials: provider, stsEndpoint: aws.url, ecrEndpoint: aws.url });
  const steps = createEcrSteps({ ...fleet.deps, ecr, now: () => new Date() });
  await steps.begin(operationId);
  await steps.preflight({ operationId, attempt: 1 });
  const startedAt = performance.now();
  let [cursor, tally] = [firstTargets, emptyTally];
  for (;;) {
    const result = await steps.writePolicies({ operationId, attempt: 1, cursor, tally });
    if (result.kind !== 'done') throw new Error(`the step came to ${result.kind}`);
    tally = result.value.tally;
    if (result.value.next === undefined) break;
    cursor = result.value.next;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  if (tally.written !== repositories) throw new Error(`${tally.written} of ${repositories} were written`);
  await steps.end(operationId, { kind: 'succeeded' });
  return seconds;
}

const grants = 250;

function measureRendering(): Finding {
  const at = '2027-01-01T00:00:00.000Z';
  const records = Array.from({ length: grants }, (_, index): EcrGrantRecord => {
    const principal = { type: 'account', accountId: String(100_000_000_000 + index) } as const;
    const access = index % 2 === 0 ? 'pull' : 'push';
    const id = `grant-${index}`;
    return {
      customer: 'acme',
      id,
      spec: { ...grantSpec, principal, access },
      version: 1,
      createdAt: at,
      updatedAt: at,
    };
  });
  const { region } = grantSpec.registry;
  const render = (present: string | undefined) => renderPolicy({ grants: records, present, region });
  const rendered = render(undefined);
  if (rendered.kind !== 'write') throw new Error(`${grants} grants came to ${rendered.kind}`);
  const { text } = rendered;
  const [ours, peer] = [msOf(() => render(text)), msOf(() => JSON.stringify(JSON.parse(text)))];
  return {
    measure: `rendering ${grants} grants ÷ reading and writing their JSON`,
    ...{ value: ours / peer, unit: 'ratio', goal: 10 },
    detail: `${ours.toFixed(3)} ms ÷ ${peer.toFixed(3)} ms for ${text.length} characters`,
  };
}

/** Of one call, the median of many, in milliseconds. */
function msOf(call: () => unknown): number {
  const samples: number[] = [];
  for (let round = 0; round < 300; round += 1) {
    const startedAt = performance.now();
    call();
    // The first ones are those of code that is not compiled yet.
    if (round >= 100) samples.push(performance.now() - startedAt);
  }
  return median(samples);
}
