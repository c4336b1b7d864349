import { expect, it } from 'vitest';
import { watchRegistries } from '../../src/ecr-access/watch-registries.service.ts';
import { OutsideCallError } from '../../src/errors.ts';
import { ecrFleet, grantsPath, registry, stagingPull } from '../support/ecr-fleet.ts';
import type { EcrFleet, ShownOperation } from '../support/ecr-fleet.ts';
import { createMemoryTable } from '../support/memory-table.ts';

const { signal } = new AbortController();

/** A person's statement of so many accounts: each takes some 33 characters. */
const foreign = (accounts: number) => ({
  Version: '2012-10-17',
  Statement: [
    {
      ...{ Sid: 'ci', Effect: 'Allow', Action: ['ecr:PutImage'] },
      Principal: { AWS: Array.from({ length: accounts }, (_, n) => `arn:aws:iam::${777_700_000_000 + n}:root`) },
    },
  ],
});
const api = { names: ['api'] };
const organization = { type: 'organization', organizationId: 'o-a1b2c3d4e5' };

const sidsOf = async (ecr: EcrFleet, name: string) =>
  ((await ecr.policyOf(name))?.Statement ?? []).map(({ Sid }) => Sid);

/** One look, and what it began runs to its end. */
async function look(ecr: EcrFleet, everyMinutes = 0): Promise<readonly ShownOperation[]> {
  const deps = { ...ecr.fleet.deps, ecr: ecr.deps.ecr };
  const { started } = await watchRegistries(deps, { everyMinutes, signal });
  const ended: ShownOperation[] = [];
  for (const id of started) ended.push(await ecr.finish(id));
  return ended;
}

const statusOf = async (ecr: EcrFleet, grant: string) => (await ecr.fleet.call('GET', `${grantsPath}/${grant}`)).status;

it('withdraws a right that has expired beside a grant that is refused', async () => {
  const ecr = await ecrFleet(createMemoryTable());
  await ecr.putRepository('api', foreign(294));
  const expiresAt = new Date(ecr.fleet.clock.now().getTime() + 2 * 3_600_000).toISOString();
  await ecr.run('PUT', 'one', { body: { ...stagingPull, repositories: api, expiresAt } });
  const two = { ...stagingPull, repositories: api, access: 'push', principal: organization };
  expect(await ecr.run('PUT', 'two', { body: two })).toMatchObject({ failure: { code: 'policy-too-large' } });
  expect(await sidsOf(ecr, 'api')).toEqual(['ci', 'FleetApiPull']);
  ecr.fleet.clock.advance(2 * 3_600_000 + 1);

  // Within the hour: the refusal stands, and its grant is not tried more often.
  for (let minute = 0; minute < 65; minute += 1) {
    await look(ecr, 5);
    ecr.fleet.clock.advance(60_000);
  }

  expect(await sidsOf(ecr, 'api')).not.toContain('FleetApiPull');
});

it('withdraws a right from all repositories but the one that refuses to be read', async () => {
  const ecr = await ecrFleet(createMemoryTable());
  const names = Array.from({ length: 102 }, (_, n) => `r${String(n).padStart(3, '0')}`);
  for (const name of names) await ecr.putRepository(name);
  await ecr.run('PUT', 'g', { body: { ...stagingPull, repositories: { all: true } } });
  const error = new OutsideCallError({ system: 'ecr', failure: 'rejected', attempted: 'read', answer: 'Invalid' });
  ecr.faults.ecr.onCall('readPolicy', (_target, name) => {
    if (name === 'r000') throw error;
  });

  const operation = await ecr.run('DELETE', 'g');

  expect(operation).toMatchObject({ state: 'FAILED', failure: { code: 'outside-call-refused' } });
  expect(await sidsOf(ecr, 'r000')).toEqual(['FleetApiPull']);
  expect(await ecr.policyOf('r050')).toBeUndefined();
  expect(await ecr.policyOf('r101')).toBeUndefined();
  expect(await statusOf(ecr, 'g')).toBe(200);
  expect(await ecr.run('DELETE', 'g?abandon=true')).toMatchObject({
    state: 'SUCCEEDED',
    steps: [{}, {}, { evidence: { abandoned: { repositories: ['r000'], hasMore: false } } }],
  });
  expect(await statusOf(ecr, 'g')).toBe(404);
});

it('looks at all repositories but the one that refuses to be read', async () => {
  const ecr = await ecrFleet(createMemoryTable());
  await ecr.putRepository('api');
  await ecr.putRepository('web');
  await ecr.run('PUT', 'staging-pull', { body: stagingPull });
  await ecr.putRepository('web', foreign(1));
  const error = new OutsideCallError({ system: 'ecr', failure: 'rejected', attempted: 'read', answer: 'Invalid' });
  ecr.faults.ecr.onCall('readPolicy', (_target, name) => {
    if (name === 'api') throw error;
  });

  await look(ecr);

  expect(await sidsOf(ecr, 'web')).toEqual(['ci', 'FleetApiPull']);
});

it('forgets a grant that is abandoned where nothing can be reached', async () => {
  const ecr = await ecrFleet(createMemoryTable());
  await ecr.putRepository('api');
  await ecr.run('PUT', 'g', { body: { ...stagingPull, repositories: api } });
  const error = new OutsideCallError({ system: 'sts', failure: 'unreachable', attempted: 'sts:AssumeRole' });
  ecr.faults.ecr.fail('listRepositories', { when: 'before', error, times: 1000 });

  const operation = await ecr.run('DELETE', 'g?abandon=true');

  expect(operation).toMatchObject({ state: 'SUCCEEDED' });
  expect(operation.steps[2]?.evidence).toMatchObject({ abandoned: { repositories: ['api'], hasMore: false } });
  expect(await statusOf(ecr, 'g')).toBe(404);
});

it('writes no right that was withdrawn while the writer was on its way to a new repository', async () => {
  const ecr = await ecrFleet(createMemoryTable());
  await ecr.putRepository('api');
  await ecr.run('PUT', 'g', { body: { ...stagingPull, repositories: { all: true } } });
  await ecr.putRepository('later');
  const deps = { ...ecr.fleet.deps, ecr: ecr.deps.ecr };
  const { started } = await watchRegistries(deps, { everyMinutes: 0, signal });
  let withdrawn: ShownOperation | undefined;
  ecr.faults.repositories.onCall('announce', async () => {
    if (withdrawn) return;
    withdrawn = { id: '', kind: '', state: '', steps: [] };
    withdrawn = await ecr.run('DELETE', 'g');
  });

  await ecr.finish(started[0] ?? '');

  expect(withdrawn).toMatchObject({ state: 'SUCCEEDED' });
  expect(await ecr.policyOf('api')).toBeUndefined();
  expect(await ecr.policyOf('later')).toBeUndefined();
});

it('forgets no grant whose right somebody writes back each time', async () => {
  const ecr = await ecrFleet(createMemoryTable());
  await ecr.putRepository('api', foreign(1));
  await ecr.run('PUT', 'g', { body: { ...stagingPull, repositories: api } });
  const granted = await ecr.policyOf('api');
  let isStubborn = true;
  ecr.faults.ecr.onCall('readPolicy', async () => {
    if (isStubborn) await ecr.putRepository('api', { ...granted });
  });

  expect(await ecr.run('DELETE', 'g')).toMatchObject({ state: 'FAILED', failure: { code: 'policy-unsettled' } });
  expect(await statusOf(ecr, 'g')).toBe(200);

  isStubborn = false;
  expect(await ecr.run('DELETE', 'g')).toMatchObject({ state: 'SUCCEEDED' });
  expect(await sidsOf(ecr, 'api')).toEqual(['ci']);
});

it('restores nothing that would leave no room for rights that are there', async () => {
  const ecr = await ecrFleet(createMemoryTable());
  await ecr.putRepository('api', foreign(294));
  await ecr.run('PUT', 'one', { body: { ...stagingPull, repositories: api } });
  ecr.fleet.clock.advance(1000);
  await ecr.putRepository('api', foreign(1));
  await ecr.run('PUT', 'one', { body: { ...stagingPull, repositories: api } });
  const two = { ...stagingPull, repositories: api, access: 'push', principal: organization };
  expect(await ecr.run('PUT', 'two', { body: two })).toMatchObject({ state: 'SUCCEEDED' });
  const before = await sidsOf(ecr, 'api');
  const base = `/v1/customers/acme/ecr-registries/${registry.accountId}/${registry.region}/policy-history`;
  const history = await ecr.fleet.call('GET', `${base}?repository=api`);
  const { items } = (await history.json()) as { items: { id: string }[] };

  const answer = await ecr.fleet.call('POST', `${base}/${items.at(-1)?.id}/restore?repository=api`);
  const { id } = (await answer.json()) as { id: string };

  expect(await ecr.finish(id)).toMatchObject({ state: 'FAILED', failure: { code: 'policy-too-large' } });
  expect(await sidsOf(ecr, 'api')).toEqual(before);
});
