import { expect, it } from 'vitest';
import { ecrFleet, registry, stagingAccount, stagingPull } from '../support/ecr-fleet.ts';
import type { EcrFleet, PolicyView, ShownOperation } from '../support/ecr-fleet.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { readList } from '../support/lists.ts';

const historyPath = `/v1/customers/acme/ecr-registries/${registry.accountId}/${registry.region}/policy-history`;

const statement = (Sid: string, Principal: unknown = { AWS: 'arn:aws:iam::777788889999:root' }) => ({
  ...{ Sid, Effect: 'Allow', Principal, Action: 'ecr:BatchGetImage' },
});
const policy = (...statements: readonly object[]) => ({ Version: '2008-10-17', Id: 'theirs', Statement: statements });

interface Version {
  readonly id: string;
  readonly operation: string;
  readonly policy: PolicyView | null;
}

async function versionsOf(ecr: EcrFleet): Promise<readonly Version[]> {
  const { items } = await readList<Version>(ecr.fleet, `${historyPath}?repository=api`);
  return items;
}

async function restore(ecr: EcrFleet, version: string): Promise<ShownOperation> {
  const answer = await ecr.fleet.call('POST', `${historyPath}/${version}/restore?repository=api`);
  expect(answer.status).toBe(202);
  return ecr.finish(((await answer.json()) as { readonly id: string }).id);
}

const sidsOf = (view: PolicyView | null | undefined) => view?.Statement.map(({ Sid }) => Sid);

/** Each write of ours comes a second after the one before. */
function put(ecr: EcrFleet, grant: string, body: object): Promise<ShownOperation> {
  ecr.fleet.clock.advance(1000);
  return ecr.run('PUT', grant, { body });
}

function withdraw(ecr: EcrFleet, grant: string): Promise<ShownOperation> {
  ecr.fleet.clock.advance(1000);
  return ecr.run('DELETE', grant);
}

/** `ci` was there, then our grant came, and then a person put `audit` in the place of `ci`. */
async function given() {
  const ecr = await ecrFleet(createMemoryTable());
  await ecr.putRepository('api', policy(statement('ci')));
  await ecr.putRepository('web');
  const first = await put(ecr, 'staging-pull', stagingPull);
  const ours = (await ecr.policyOf('api'))?.Statement.at(-1) ?? {};
  await ecr.putRepository('api', policy(statement('audit'), ours));
  return { ecr, first };
}

it('keeps the policy as it was before each write', async () => {
  const { ecr, first } = await given();
  const second = await put(ecr, 'org', {
    ...{ ...stagingPull, principal: { type: 'organization', organizationId: 'o-a1b2c3d4e5' } },
  });

  const versions = await versionsOf(ecr);

  expect(versions.map(({ operation }) => operation)).toEqual([second.id, first.id]);
  expect(versions.map((version) => sidsOf(version.policy))).toEqual([['audit', 'FleetApiPull'], ['ci']]);
});

it('brings back what others had there, beside our grants as they are now', async () => {
  const { ecr } = await given();
  const [before] = await versionsOf(ecr);

  const operation = await restore(ecr, before?.id ?? '');

  expect(operation).toMatchObject({ kind: 'restore-ecr-policy', state: 'SUCCEEDED' });
  const restored = await ecr.policyOf('api');
  expect(restored).toMatchObject({ Version: '2008-10-17', Id: 'theirs' });
  expect(sidsOf(restored)).toEqual(['ci', 'FleetApiPull']);
  // And that can be undone as well.
  expect(sidsOf((await versionsOf(ecr)).at(0)?.policy)).toEqual(['audit', 'FleetApiPull']);
});

it('brings back no right of ours that was withdrawn since', async () => {
  const { ecr } = await given();
  await put(ecr, 'staging-pull', { ...stagingPull, access: 'push' });
  await withdraw(ecr, 'staging-pull');
  const withOurs = (await versionsOf(ecr)).find((version) => sidsOf(version.policy)?.includes('FleetApiPull'));

  await restore(ecr, withOurs?.id ?? '');

  expect(sidsOf(await ecr.policyOf('api'))).toEqual(['audit']);
});

it('leaves no policy where there was none, and no grant is left', async () => {
  const ecr = await ecrFleet(createMemoryTable());
  await ecr.putRepository('api');
  await ecr.putRepository('web');
  await put(ecr, 'staging-pull', stagingPull);
  await ecr.putRepository('api', policy(statement('audit')));
  await withdraw(ecr, 'staging-pull');
  const none = (await versionsOf(ecr)).find((version) => version.policy === null);

  await restore(ecr, none?.id ?? '');

  expect(await ecr.policyOf('api')).toBeUndefined();
});

it('writes nothing where all of it is there already', async () => {
  const { ecr } = await given();
  const [before] = await versionsOf(ecr);
  await restore(ecr, before?.id ?? '');
  const writes = () => ecr.aws.world.trail.filter(({ action }) => action === 'ecr:SetRepositoryPolicy').length;
  const written = writes();

  const operation = await restore(ecr, before?.id ?? '');

  expect(operation).toMatchObject({ state: 'SUCCEEDED' });
  expect(writes()).toBe(written);
});

it('leaves the policy as it is where ECR refuses what is to come back', async () => {
  const { ecr } = await given();
  const role = `arn:aws:iam::${stagingAccount}:role/gone`;
  await ecr.aws.put(`roles/${stagingAccount}/gone`, { trustPolicy: { Version: '2012-10-17', Statement: [] } });
  await ecr.putRepository('api', policy(statement('theirs', { AWS: role })));
  await put(ecr, 'staging-pull', { ...stagingPull, access: 'push' });
  await ecr.putRepository('api', policy(statement('audit')));
  await put(ecr, 'staging-pull', stagingPull);
  ecr.aws.world.roles.delete(role);
  const withRole = (await versionsOf(ecr)).find((version) => sidsOf(version.policy)?.includes('theirs'));
  const before = await ecr.policyOf('api');

  const operation = await restore(ecr, withRole?.id ?? '');

  expect(operation).toMatchObject({ state: 'FAILED', failure: { code: 'policy-refused' } });
  expect(await ecr.policyOf('api')).toEqual(before);
});
