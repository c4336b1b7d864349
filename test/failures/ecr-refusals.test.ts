/** What ECR does not take of one grant keeps no other one out: principals that are gone, a full policy, too many requests. */
import { describe, expect, it } from 'vitest';
import { faultBody } from '../../sandbox/simulators/faults.ts';
import type { EcrGrantSpec } from '../../src/ecr-access/ecr-grant.ts';
import { policyLimitBytes, renderPolicy } from '../../src/ecr-access/render-policy.ts';
import { ecrFleet, grantsPath, registry, stagingAccount, stagingPull } from '../support/ecr-fleet.ts';
import type { EcrFleet } from '../support/ecr-fleet.ts';
import { createMemoryTable } from '../support/memory-table.ts';

async function given(): Promise<EcrFleet> {
  const ecr = await ecrFleet(createMemoryTable());
  for (const name of ['api', 'web']) await ecr.putRepository(name);
  return ecr;
}

const toAccount = (accountId: string, names: readonly string[] = ['web']): EcrGrantSpec => ({
  ...{ ...stagingPull, repositories: { names } },
  principal: { type: 'account', accountId },
});

const toRole = (roleName: string): EcrGrantSpec => ({
  ...{ ...stagingPull, repositories: { names: ['web'] } },
  principal: { type: 'role', accountId: stagingAccount, roleName },
});

async function textOf(ecr: EcrFleet, repository: string): Promise<string> {
  return JSON.stringify(await ecr.policyOf(repository)) ?? '';
}

async function resultsOf(ecr: EcrFleet, grant: string): Promise<object> {
  const answer = await ecr.fleet.call('GET', `${grantsPath}/${grant}`);
  return ((await answer.json()) as { status: { repositories: object } }).status.repositories;
}

describe('a role that is deleted after it was granted a right', () => {
  it('loses its own right alone, though many others change theirs at the same time', async () => {
    const ecr = await given();
    for (const name of ['stays', 'goes']) {
      await ecr.aws.put(`roles/${stagingAccount}/${name}`, { trustPolicy: { Version: '2012-10-17', Statement: [] } });
      expect(await ecr.run('PUT', name, { body: toRole(name) })).toMatchObject({ state: 'SUCCEEDED' });
    }
    ecr.aws.world.roles.delete(`arn:aws:iam::${stagingAccount}:role/goes`);
    const others = Array.from({ length: 4 }, (_, index) => `10000000000${index}`);

    const operations = await Promise.all(others.map((id) => ecr.run('PUT', `to-${id}`, { body: toAccount(id) })));

    expect(operations.map(({ state }) => state)).toEqual(others.map(() => 'SUCCEEDED'));
    const text = await textOf(ecr, 'web');
    for (const id of others) expect(text).toContain(`${id}:root`);
    expect(text).toContain('role/stays');
    expect(text).not.toContain('AROA');
    expect(await resultsOf(ecr, 'goes')).toMatchObject([{ state: 'REFUSED', code: 'principal-not-found' }]);
    expect(await resultsOf(ecr, 'stays')).toMatchObject([{ state: 'APPLIED' }]);
  });
});

describe('a policy that is full', () => {
  it('refuses the late grant alone, and that one where it has no room only', async () => {
    const ecr = await given();
    await ecr.putRepository('web', fullBut(toAccount('100000000001'), 10));
    expect(await ecr.run('PUT', 'early', { body: toAccount('100000000001') })).toMatchObject({ state: 'SUCCEEDED' });

    const late = await ecr.run('PUT', 'late', { body: toAccount('100000000002', ['api', 'web']) });

    expect(late).toMatchObject({ state: 'FAILED', failure: { code: 'policy-too-large' } });
    expect(await resultsOf(ecr, 'late')).toMatchObject([
      { repository: 'api', state: 'APPLIED' },
      { repository: 'web', state: 'REFUSED', code: 'policy-too-large' },
    ]);
    const other = await ecr.run('PUT', 'other', { body: toAccount('100000000003', ['api']) });
    expect(other).toMatchObject({ state: 'SUCCEEDED' });
    expect(await textOf(ecr, 'web')).toContain('100000000001:root');
    expect(await textOf(ecr, 'web')).not.toContain('100000000002:root');
    expect(await textOf(ecr, 'api')).toMatch(
      /100000000002:root.*100000000003:root|100000000003:root.*100000000002:root/,
    );
  });
});

/** A policy of somebody's that leaves so many bytes beside the grant. */
function fullBut(spec: EcrGrantSpec, bytesLeft: number): object {
  const policyWith = (filling: string) => ({
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Sid: 'theirs', Effect: 'Allow', Principal: { AWS: '777788889999' }, Action: ['ecr:BatchGetImage'] },
        Condition: { StringNotEquals: { 'aws:PrincipalArn': [filling] } },
      },
    ],
  });
  const grants = [{ id: 'early', spec, createdAt: '2026-01-01T00:00:00.000Z' }];
  const stored = JSON.stringify(policyWith('')).replace('"777788889999"', '"arn:aws:iam::777788889999:root"');
  const { region } = registry;
  const rendered = renderPolicy({ grants, present: stored.replaceAll(/\[("[^"]*")\]/g, '$1'), region });
  if (rendered.kind !== 'write') throw new Error('there is something to write');
  return policyWith('x'.repeat(policyLimitBytes - bytesLeft - rendered.bytes));
}

describe('ECR that turns requests of one repository away', () => {
  it('is asked again later, and the others have their rights meanwhile', async () => {
    const ecr = await given();
    const error = { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' };
    ecr.aws.world.faults.push(faultBody.parse({ action: 'ecr:SetRepositoryPolicy', times: 6, error }));

    const operations = await Promise.all([
      ecr.run('PUT', 'one', { body: toAccount('100000000001', ['api']) }),
      ecr.run('PUT', 'two', { body: toAccount('100000000002', ['web']) }),
    ]);

    expect(operations.map(({ state }) => state)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    const [api, web] = [await textOf(ecr, 'api'), await textOf(ecr, 'web')];
    expect(api).toContain('100000000001:root');
    expect(web).toContain('100000000002:root');
    expect(ecr.aws.world.faults).toEqual([]);
  });
});
