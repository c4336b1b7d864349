import { describe, expect, it } from 'vitest';
import { firstTargets } from '../../src/ecr-access/repository-targets.ts';
import { createEcrSteps } from '../../src/ecr-access/write-ecr-policies.steps.ts';
import { emptyTally } from '../../src/ecr-access/write-policies.ts';
import { OutsideCallError } from '../../src/errors.ts';
import { operationOf } from '../support/answers.ts';
import { ecrFleet, grantsPath, registry, stagingAccount, stagingPull } from '../support/ecr-fleet.ts';
import type { EcrFleet, PolicyView } from '../support/ecr-fleet.ts';
import { createMemoryTable } from '../support/memory-table.ts';

const foreign = {
  Version: '2008-10-17',
  Statement: [
    {
      Sid: 'ci',
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::777788889999:root' },
      Action: ['ecr:PutImage', 'ecr:BatchGetImage'],
    },
  ],
};

async function given(): Promise<EcrFleet> {
  const ecr = await ecrFleet(createMemoryTable());
  await ecr.putRepository('api', foreign);
  await ecr.putRepository('web');
  await ecr.putRepository('other');
  return ecr;
}

function principalsOf(policy: PolicyView | undefined): readonly unknown[] {
  return (policy?.Statement ?? []).map(({ Sid, Principal }) => [Sid, Principal]);
}

const stagingRoot = { AWS: `arn:aws:iam::${stagingAccount}:root` };

describe('a grant', () => {
  it('is written into the policies of its repositories, beside what others have there', async () => {
    const ecr = await given();

    const operation = await ecr.run('PUT', 'staging-pull', { body: stagingPull });

    expect(operation).toMatchObject({ kind: 'apply-ecr-grant', state: 'SUCCEEDED', grant: 'staging-pull' });
    const api = await ecr.policyOf('api');
    expect(api).toMatchObject({ Version: '2008-10-17' });
    expect(api?.Statement[0]).toEqual(foreign.Statement[0]);
    expect(principalsOf(api)).toEqual([
      ['ci', foreign.Statement[0]?.Principal],
      ['FleetApiPull', stagingRoot],
    ]);
    expect(principalsOf(await ecr.policyOf('web'))).toEqual([['FleetApiPull', stagingRoot]]);
    expect(await ecr.policyOf('other')).toBeUndefined();
    const shown = await ecr.fleet.call('GET', `${grantsPath}/staging-pull`);
    expect(await shown.json()).toMatchObject({
      spec: stagingPull,
      status: {
        state: 'APPLIED',
        repositories: [
          { repository: 'api', state: 'APPLIED' },
          { repository: 'web', state: 'APPLIED' },
        ],
      },
    });
  });

  it('is gone without a trace once it is withdrawn', async () => {
    const ecr = await given();
    const before = await ecr.policyOf('api');
    await ecr.run('PUT', 'staging-pull', { body: stagingPull });

    const operation = await ecr.run('DELETE', 'staging-pull');

    expect(operation).toMatchObject({ kind: 'withdraw-ecr-grant', state: 'SUCCEEDED' });
    expect(await ecr.policyOf('api')).toEqual(before);
    expect(await ecr.policyOf('web')).toBeUndefined();
    expect((await ecr.fleet.call('GET', `${grantsPath}/staging-pull`)).status).toBe(404);
  });

  it('is written once: applied again, nothing is written', async () => {
    const ecr = await given();
    await ecr.run('PUT', 'staging-pull', { body: stagingPull });
    const writes = () => ecr.aws.world.trail.filter(({ action }) => action === 'ecr:SetRepositoryPolicy').length;
    const before = writes();

    const operation = await ecr.run('PUT', 'staging-pull', { body: stagingPull });

    expect(operation.state).toBe('SUCCEEDED');
    expect(before).toBe(2);
    expect(writes()).toBe(before);
  });

  it('takes its right away from a repository that it names no more', async () => {
    const ecr = await given();
    await ecr.run('PUT', 'staging-pull', { body: stagingPull });

    await ecr.run('PUT', 'staging-pull', { body: { ...stagingPull, repositories: { names: ['web', 'other'] } } });

    expect(principalsOf(await ecr.policyOf('api'))).toEqual([['ci', foreign.Statement[0]?.Principal]]);
    expect(principalsOf(await ecr.policyOf('web'))).toEqual([['FleetApiPull', stagingRoot]]);
    expect(principalsOf(await ecr.policyOf('other'))).toEqual([['FleetApiPull', stagingRoot]]);
  });

  it('covers all repositories of the registry where it says so', async () => {
    const ecr = await given();

    await ecr.run('PUT', 'staging-pull', { body: { ...stagingPull, repositories: { all: true } } });

    for (const name of ['api', 'web', 'other']) {
      expect(principalsOf(await ecr.policyOf(name))).toContainEqual(['FleetApiPull', stagingRoot]);
    }
  });

  it('says of a repository that is not there that it is missing', async () => {
    const ecr = await given();

    const operation = await ecr.run('PUT', 'staging-pull', {
      body: { ...stagingPull, repositories: { names: ['api', 'nowhere'] } },
    });

    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    const shown = await ecr.fleet.call('GET', `${grantsPath}/staging-pull`);
    expect(await shown.json()).toMatchObject({
      status: {
        repositories: [
          { repository: 'api', state: 'APPLIED' },
          { repository: 'nowhere', state: 'MISSING' },
        ],
      },
    });
  });
});

describe('a principal that ECR does not know', () => {
  const role = (roleName: string) => ({ type: 'role', accountId: stagingAccount, roleName });

  it('is refused alone: the others go through', async () => {
    const ecr = await given();
    await ecr.run('PUT', 'staging-pull', { body: stagingPull });

    const operation = await ecr.run('PUT', 'ghost', { body: { ...stagingPull, principal: role('ghost') } });

    expect(operation).toMatchObject({ state: 'FAILED', failure: { code: 'principal-not-found' } });
    expect(principalsOf(await ecr.policyOf('web'))).toEqual([['FleetApiPull', stagingRoot]]);
    const shown = await ecr.fleet.call('GET', `${grantsPath}/ghost`);
    expect(await shown.json()).toMatchObject({
      status: { state: 'FAILED', repositories: [{ state: 'REFUSED', code: 'principal-not-found' }, {}] },
    });
  });

  it('does not keep others out that come later', async () => {
    const ecr = await given();
    await ecr.aws.put(`roles/${stagingAccount}/deployer`, { trustPolicy: { Version: '2012-10-17', Statement: [] } });
    await ecr.run('PUT', 'ghost', { body: { ...stagingPull, principal: role('ghost') } });

    const operation = await ecr.run('PUT', 'deployer', { body: { ...stagingPull, principal: role('deployer') } });

    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    expect(principalsOf(await ecr.policyOf('web'))).toEqual([
      ['FleetApiPull', { AWS: `arn:aws:iam::${stagingAccount}:role/deployer` }],
    ]);
  });

  it('is found among others whose role was deleted meanwhile, and none of theirs is lost', async () => {
    const ecr = await given();
    for (const name of ['one', 'two', 'three']) {
      await ecr.aws.put(`roles/${stagingAccount}/${name}`, { trustPolicy: { Version: '2012-10-17', Statement: [] } });
      await ecr.run('PUT', name, { body: { ...stagingPull, principal: role(name) } });
    }
    ecr.aws.world.roles.delete(`arn:aws:iam::${stagingAccount}:role/two`);

    const operation = await ecr.run('PUT', 'staging-pull', { body: stagingPull });

    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    const [[, principal]] = principalsOf(await ecr.policyOf('web')) as [[string, { AWS: string[] }]];
    expect(principal.AWS.toSorted()).toEqual([
      `arn:aws:iam::${stagingAccount}:role/one`,
      `arn:aws:iam::${stagingAccount}:role/three`,
      `arn:aws:iam::${stagingAccount}:root`,
    ]);
    const shown = await ecr.fleet.call('GET', `${grantsPath}/two`);
    expect(await shown.json()).toMatchObject({
      status: { repositories: [{ state: 'REFUSED', code: 'principal-not-found' }, {}] },
    });
  });

  it('is taken as soon as it is there and the grant is applied again', async () => {
    const ecr = await given();
    await ecr.run('PUT', 'ghost', { body: { ...stagingPull, principal: role('ghost') } });
    await ecr.aws.put(`roles/${stagingAccount}/ghost`, { trustPolicy: { Version: '2012-10-17', Statement: [] } });

    const operation = await ecr.run('PUT', 'ghost', { body: { ...stagingPull, principal: role('ghost') } });

    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
  });
});

describe("a statement of somebody else's that names a role which was deleted", () => {
  it('keeps every grant out, and is what the grant says, not its own principal', async () => {
    const ecr = await given();
    const gone = `arn:aws:iam::${stagingAccount}:role/gone`;
    await ecr.aws.put(`roles/${stagingAccount}/gone`, { trustPolicy: { Version: '2012-10-17', Statement: [] } });
    await ecr.putRepository('api', {
      Version: '2012-10-17',
      Statement: [{ Sid: 'old', Effect: 'Allow', Principal: { AWS: gone }, Action: 'ecr:BatchGetImage' }],
    });
    ecr.aws.world.roles.delete(gone);

    const operation = await ecr.run('PUT', 'staging-pull', { body: stagingPull });

    expect(operation).toMatchObject({ state: 'FAILED', failure: { code: 'policy-refused' } });
    expect(operation.failure?.detail).toMatch(/name what was deleted: AROA[A-Z0-9]+/);
    expect(principalsOf(await ecr.policyOf('api'))).toHaveLength(1);
    expect(principalsOf(await ecr.policyOf('web'))).toEqual([['FleetApiPull', stagingRoot]]);
  });
});

describe('a registry that cannot be entered', () => {
  it('is said so, and the grant stays for another try', async () => {
    const ecr = await given();
    ecr.aws.world.roles.delete(`arn:aws:iam::${registry.accountId}:role/fleet-api`);

    const operation = await ecr.run('PUT', 'staging-pull', { body: stagingPull });

    expect(operation).toMatchObject({ state: 'FAILED', failure: { step: 'preflight', code: 'role-not-assumable' } });
    const shown = await ecr.fleet.call('GET', `${grantsPath}/staging-pull`);
    expect(await shown.json()).toMatchObject({ spec: stagingPull, status: { state: 'FAILED', repositories: [] } });
  });

  it('keeps a grant that is to go, until it is abandoned: then it says where its right stays', async () => {
    const ecr = await given();
    await ecr.run('PUT', 'staging-pull', { body: stagingPull });
    ecr.aws.world.roles.delete(`arn:aws:iam::${registry.accountId}:role/fleet-api`);
    const kept = await ecr.run('DELETE', 'staging-pull');
    expect(kept).toMatchObject({ state: 'FAILED', failure: { code: 'role-not-assumable' } });

    const operation = await ecr.run('DELETE', 'staging-pull?abandon=true');

    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    const abandoned = { repositories: ['api', 'web'], hasMore: false };
    expect(operation.steps.map(({ state }) => state)).toEqual(['SKIPPED', 'SKIPPED', 'SUCCEEDED']);
    expect(operation.steps[2]?.evidence).toMatchObject({ abandoned });
    expect((await ecr.fleet.call('GET', `${grantsPath}/staging-pull`)).status).toBe(404);
    const events = await ecr.fleet.call('GET', '/v1/customers/acme/events');
    const { items } = (await events.json()) as { items: { type: string; after?: unknown }[] };
    expect(items.find(({ type }) => type === 'ecr-grant.deleted')?.after).toEqual({ abandoned });
  });

  it('gives up, when it is abandoned, only what cannot be reached', async () => {
    const ecr = await given();
    await ecr.run('PUT', 'staging-pull', { body: stagingPull });

    const operation = await ecr.run('DELETE', 'staging-pull?abandon=true');

    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    expect(operation.steps[2]?.evidence).not.toHaveProperty('abandoned');
    expect(await ecr.policyOf('web')).toBeUndefined();
  });
});

it('keeps nobody waiting for a policy that could not be read', async () => {
  const ecr = await given();
  const { deps, fleet } = ecr;
  const accepted = await operationOf(await fleet.call('PUT', `${grantsPath}/staging-pull`, { body: stagingPull }));
  const operationId = accepted.id;
  const steps = createEcrSteps(deps);
  await steps.begin(operationId);
  await steps.preflight({ operationId, attempt: 1 });
  const error = new OutsideCallError({ system: 'ecr', failure: 'throttled', attempted: 'ecr:GetRepositoryPolicy' });
  ecr.faults.ecr.fail('readPolicy', { when: 'before', error, times: 100 });
  const visit = { operationId, attempt: 1, cursor: firstTargets, tally: emptyTally };

  await expect(steps.writePolicies(visit)).rejects.toThrow('throttled');

  const address = { customer: 'acme', registry, repository: 'api' };
  const lease = { operationId: 'op-other', token: 'token' };
  expect(await deps.repositories.lease(address, lease)).toMatchObject({ kind: 'leased' });
});
