import { expect, it } from 'vitest';
import { unavailable } from '../../support/faults.ts';
import { grantSpec } from '../../support/fleet.ts';
import { grantPath, putAccount, putCustomer, putGrant, runToEnd, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

async function given() {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  await putAccount(fleet);
  fleet.ecr.policies.set('team/api', undefined);
  const plan = async (body?: object) => {
    const answer = await fleet.call('POST', `${grantPath}/plan`, body === undefined ? {} : { body });
    expect(answer.status).toBe(200);
    return (await answer.json()) as { readonly checks: readonly { readonly name: string; readonly result: string }[] };
  };
  return { fleet, plan };
}

it('answers with checks, changes and warnings of a grant that is not declared, and writes nothing anywhere', async () => {
  const { fleet, plan } = await given();
  const items = fleet.table.allItems();

  const answer = await plan(grantSpec);

  expect(answer.checks.map(({ name, result }) => [name, result])).toEqual([
    ['role', 'PASS'],
    ['registry', 'PASS'],
    ['principal', 'UNKNOWN'],
    ['repositories', 'WARN'],
    ['policies', 'PASS'],
  ]);
  expect(answer).toMatchObject({
    changes: {
      repositories: [
        { repository: 'team/api', action: 'write', before: null, after: { Statement: [{ Sid: 'FleetApiPull' }] } },
        { repository: 'team/web', action: 'missing', before: null, after: null },
      ],
      hasMore: false,
    },
    warnings: [{ code: 'unknown-account', detail: expect.stringContaining('222233334444') }],
  });
  expect(fleet.table.allItems()).toEqual(items);
  expect(fleet.ecr.policies).toEqual(new Map([['team/api', undefined]]));
  expect(fleet.engine.started.size).toBe(0);
});

it('answers of a grant as it is declared where there is no body', async () => {
  const { fleet, plan } = await given();
  await runToEnd(fleet, (await putGrant(fleet, { repositories: { names: ['team/api'] } })).id);

  const answer = await plan();

  expect(answer).toMatchObject({ changes: { repositories: [{ repository: 'team/api', action: 'write' }] } });
});

it('answers although ECR does not', async () => {
  const { fleet, plan } = await given();
  fleet.faults.ecr.fail('listRepositories', { when: 'before', error: unavailable('ecr') });

  const answer = await plan(grantSpec);

  expect(answer).toMatchObject({ changes: { hasMore: false } });
  expect(answer).not.toHaveProperty('changes.repositories');
  expect(answer.checks[0]).toMatchObject({ name: 'role', result: 'UNKNOWN' });
  expect(answer.checks[4]).toMatchObject({ name: 'policies', detail: 'Not checked: see role, which comes first.' });
});

it('leaves out the policies that cannot be read now, and says so', async () => {
  const { fleet, plan } = await given();
  fleet.faults.ecr.fail('readPolicy', { when: 'before', error: unavailable('ecr') });

  const answer = await plan({ ...grantSpec, repositories: { names: ['team/api'] } });

  expect(answer).toMatchObject({ changes: { repositories: [], hasMore: true } });
  expect(answer.checks[4]).toMatchObject({ result: 'UNKNOWN', detail: expect.stringContaining('team/api') });
});

it('looks at a hundred repositories at the most, and says that there are more', async () => {
  const { fleet, plan } = await given();
  const names = Array.from({ length: 101 }, (_, n) => `team/r${n}`);

  const answer = await plan({ ...grantSpec, repositories: { names } });

  expect(fleet.faults.ecr.calls.filter((name) => name === 'readPolicy')).toHaveLength(100);
  expect(answer).toMatchObject({ changes: { hasMore: true } });
  expect(answer.checks[4]).toMatchObject({ detail: expect.stringContaining('the plan ends there') });
});
