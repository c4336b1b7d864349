import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { account, grantSpec } from '../../support/fleet.ts';
import { grant, grantPath, keepResult, putGrant, runToEnd, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const arnOf = (name: string) => `arn:aws:ecr:eu-west-1:${account}:repository/${name}`;

it('shows what was declared, what became of it at each repository, and its ETag', async () => {
  const fleet = await fleets.registered();
  const { id } = await putGrant(fleet);
  await runToEnd(fleet, id);
  await keepResult(fleet, 'team/web', { state: 'REFUSED', code: 'policy-too-large', detail: '10,300 bytes' });
  await keepResult(fleet, 'team/api');

  const answer = await fleet.call('GET', grantPath);

  expect(answer.status).toBe(200);
  expect(answer.headers.get('etag')).toMatch(/^"[0-9a-f]{32}"$/);
  const at = fleet.clock.now().toISOString();
  expect(await answer.json()).toEqual({
    ...{ id: 'staging-pull', spec: grantSpec, createdAt: expect.any(String), updatedAt: expect.any(String) },
    status: {
      state: 'FAILED',
      lastOperation: { id, kind: 'apply-ecr-grant', state: 'SUCCEEDED', endedAt: at },
      repositories: [
        { repository: 'team/api', state: 'APPLIED', at },
        { repository: 'team/web', state: 'REFUSED', code: 'policy-too-large', detail: '10,300 bytes', at },
      ],
      hasMoreRepositories: false,
      identityPolicy: {
        attachTo: expect.stringContaining('222233334444'),
        document: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
            expect.objectContaining({ Effect: 'Allow', Resource: [arnOf('team/api'), arnOf('team/web')] }),
          ],
        },
      },
    },
  });
});

it.each([
  ['FAILED', 'FAILED'],
  ['CANCELLED', 'FAILED'],
  ['SUCCEEDED', 'APPLIED'],
] as const)('says of one whose operation %s that it is %s', async (ended, state) => {
  const fleet = await fleets.registered();
  const { id } = await putGrant(fleet);
  expect((await resourceOf(await fleet.call('GET', grantPath))).status).toMatchObject({
    ...{ state: 'APPLYING', operation: id },
  });

  await runToEnd(fleet, id, ended);

  expect((await resourceOf(await fleet.call('GET', grantPath))).status).toMatchObject({ state });
});

it('says that it is applied once another operation has done what its own did not', async () => {
  const fleet = await fleets.registered();
  const { id } = await putGrant(fleet);
  await runToEnd(fleet, id, 'FAILED');
  const stateOf = async () => (await resourceOf(await fleet.call('GET', grantPath))).status;
  expect(await stateOf()).toMatchObject({ state: 'FAILED' });

  await keepResult(fleet, 'team/api');
  await keepResult(fleet, 'team/web', { state: 'MISSING' });

  expect(await stateOf()).toMatchObject({ state: 'APPLIED' });
});

it('says of one whose time is over that it gives no right', async () => {
  const fleet = await fleets.registered();
  await grant(fleet, { expiresAt: new Date(fleet.clock.now().getTime() + 60_000).toISOString() });

  fleet.clock.advance(61_000);

  expect((await resourceOf(await fleet.call('GET', grantPath))).status).toMatchObject({ state: 'EXPIRED' });
});

it('keeps its ETag while its status moves', async () => {
  const fleet = await fleets.registered();
  const { id } = await putGrant(fleet);
  const etag = (await fleet.call('GET', grantPath)).headers.get('etag');

  await runToEnd(fleet, id);

  expect((await fleet.call('GET', grantPath)).headers.get('etag')).toBe(etag);
});

it('shows the first 200 repositories, and says that there are more', async () => {
  const fleet = await fleets.registered();
  const names = Array.from({ length: 201 }, (_, n) => `team/r${String(n).padStart(3, '0')}`);
  await grant(fleet, { repositories: { names } });
  for (const name of names) await keepResult(fleet, name);

  const { status } = await resourceOf(await fleet.call('GET', grantPath));

  expect(status).toMatchObject({ hasMoreRepositories: true });
  expect((status as { readonly repositories: readonly object[] }).repositories).toHaveLength(200);
});
