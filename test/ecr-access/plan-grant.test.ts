import { describe, expect, it } from 'vitest';
import { isSamePolicy } from '../../src/ecr-access/canonical-policy.ts';
import type { EcrGrantSpec } from '../../src/ecr-access/ecr-grant.ts';
import { ecrJob } from '../../src/ecr-access/ecr-job.ts';
import { draftGrantOperation } from '../../src/ecr-access/ecr-operation.ts';
import { planGrant } from '../../src/ecr-access/plan-grant.ts';
import type { GrantPlanning } from '../../src/ecr-access/plan-grant.ts';
import { grantRecord } from '../contracts/registry-records.ts';
import { ecrFleet, grantsPath, registry, stagingAccount, stagingPull } from '../support/ecr-fleet.ts';
import type { EcrFleet } from '../support/ecr-fleet.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { caller, grantSpec, makeFleet } from '../support/fleet.ts';
import type { Fleet } from '../support/fleet.ts';

const ci = {
  Sid: 'ci',
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::777788889999:root' },
  Action: 'ecr:PutImage',
};
const foreign = { Version: '2012-10-17', Statement: [ci] };

interface PlanBody {
  readonly checks: readonly { readonly name: string; readonly result: string; readonly code?: string }[];
  readonly changes: {
    readonly repositories?: readonly {
      readonly repository: string;
      readonly action: string;
      readonly before: unknown;
      readonly after: unknown;
      readonly bytesUsed: number;
      readonly code?: string;
    }[];
  };
  readonly warnings: readonly { readonly repository?: string; readonly code: string }[];
}

async function given() {
  const ecr = await ecrFleet(createMemoryTable());
  await ecr.putRepository('api', foreign);
  await ecr.putRepository('web');
  await ecr.putRepository('other');
  const plan = async (body?: object, grant = 'staging-pull') => {
    const path = `${grantsPath}/${grant}/plan`;
    const answer = await ecr.fleet.call('POST', path, body === undefined ? {} : { body });
    expect(answer.status).toBe(200);
    return (await answer.json()) as PlanBody;
  };
  return { ecr, plan };
}

const actionsOf = ({ changes }: PlanBody) =>
  changes.repositories?.map(({ repository, action }) => [repository, action]);
const checkOf = ({ checks }: PlanBody, name: string) => checks.find((check) => check.name === name);
const setPolicies = ({ aws }: EcrFleet) =>
  aws.world.trail.filter(
    ({ action }) => action === 'ecr:SetRepositoryPolicy' || action.includes('DeleteRepositoryPolicy'),
  );

describe('the changes', () => {
  it('are those that the operation then makes, and none is made by the plan', async () => {
    const { ecr, plan } = await given();

    const planned = await plan(stagingPull);

    expect(setPolicies(ecr)).toEqual([]);
    await ecr.run('PUT', 'staging-pull', { body: stagingPull });
    for (const { repository, after, bytesUsed } of planned.changes.repositories ?? []) {
      const written = JSON.stringify(await ecr.policyOf(repository));
      expect(isSamePolicy(written, JSON.stringify(after)), written).toBe(true);
      expect(bytesUsed).toBe(Buffer.byteLength(JSON.stringify(after)));
    }
    expect(planned.changes).toMatchObject({
      repositories: [
        { repository: 'api', action: 'write', before: foreign, limit: 10_240 },
        { repository: 'web', action: 'write', before: null },
      ],
      hasMore: false,
    });
    expect(actionsOf(await plan())).toEqual([
      ['api', 'none'],
      ['web', 'none'],
    ]);
  });

  it('take a right away where the new spec names a repository no more', async () => {
    const { ecr, plan } = await given();
    await ecr.run('PUT', 'staging-pull', { body: stagingPull });

    const planned = await plan({ ...stagingPull, repositories: { names: ['other'] } });

    expect(actionsOf(planned)).toEqual([
      ['other', 'write'],
      ['api', 'write'],
      ['web', 'delete'],
    ]);
    expect(planned.changes.repositories?.[1]).toMatchObject({ after: foreign });
    expect(planned.changes.repositories?.[2]).toMatchObject({ after: null, bytesUsed: 0 });
  });

  it('are of every repository where the spec says all, and of those of other grants', async () => {
    const { ecr, plan } = await given();
    await ecr.run('PUT', 'staging-pull', { body: stagingPull });
    const principal = { type: 'organization', organizationId: 'o-a1b2c3d4e5' };

    const planned = await plan({ ...stagingPull, principal, repositories: { all: true } }, 'org');

    expect(actionsOf(planned)?.toSorted()).toEqual([
      ['api', 'write'],
      ['other', 'write'],
      ['web', 'write'],
    ]);
    const web = planned.changes.repositories?.find(({ repository }) => repository === 'web');
    expect(web?.after).toMatchObject({ Statement: [{ Sid: 'FleetApiPull' }, { Sid: 'FleetApiPullOrganizations' }] });
    expect(checkOf(planned, 'principal')).toMatchObject({ result: 'PASS' });
  });

  it('are refused where the policy has no room for the grant', async () => {
    const { ecr, plan } = await given();
    const statements = Array.from({ length: 88 }, (_, n) => ({ ...ci, Sid: `statement${n}` }));
    expect(Buffer.byteLength(JSON.stringify({ ...foreign, Statement: statements }))).toBeGreaterThan(10_000);
    await ecr.putRepository('web', { ...foreign, Statement: statements });

    const planned = await plan(stagingPull);

    expect(planned.changes.repositories).toMatchObject([
      { repository: 'api', action: 'write' },
      { repository: 'web', action: 'refused', code: 'policy-too-large' },
    ]);
    expect(checkOf(planned, 'policies')).toMatchObject({ result: 'FAIL', code: 'policy-too-large' });
  });

  it('leave out a principal of another grant that ECR did not know, as the operation will', async () => {
    const { ecr, plan } = await given();
    const principal = { type: 'role', accountId: stagingAccount, roleName: 'ghost' };
    await ecr.run('PUT', 'ghost', { body: { ...stagingPull, principal } });

    const planned = await plan(stagingPull);

    expect(JSON.stringify(planned.changes)).not.toContain('ghost');
    const own = await plan(undefined, 'ghost');
    expect(JSON.stringify(own.changes.repositories?.[1]?.after)).toContain('ghost');
    expect(checkOf(own, 'principal')).toMatchObject({ result: 'WARN' });
  });
});

describe('the warnings', () => {
  it('name what the statements of others mean for the grant', async () => {
    const { ecr, plan } = await given();
    const allow = { ...ci, Principal: { AWS: stagingAccount }, Action: 'ecr:*' };
    const deny = { Sid: 'closed', Effect: 'Deny', Principal: '*', Action: 'ecr:BatchGetImage' };
    await ecr.putRepository('api', { ...foreign, Statement: [allow, deny] });

    const { warnings } = await plan(stagingPull);

    expect(warnings.map(({ repository, code }) => [repository, code])).toEqual([
      [undefined, 'unknown-account'],
      ['api', 'already-given'],
      ['api', 'foreign-deny'],
    ]);
  });

  it('name the id that a deleted role has left', async () => {
    const { ecr, plan } = await given();
    await ecr.aws.put(`roles/${stagingAccount}/gone`, { trustPolicy: { Version: '2012-10-17', Statement: [] } });
    const arn = `arn:aws:iam::${stagingAccount}:role/gone`;
    await ecr.putRepository('api', { ...foreign, Statement: [{ ...ci, Principal: { AWS: arn } }] });
    ecr.aws.world.roles.delete(arn);

    const { warnings } = await plan(stagingPull);

    expect(warnings).toContainEqual(expect.objectContaining({ repository: 'api', code: 'orphaned-principal' }));
  });

  it('are none where the account is known and nobody else says anything', async () => {
    const { ecr, plan } = await given();
    await ecr.fleet.call('PUT', `/v1/customers/acme/accounts/${stagingAccount}`, { body: { alias: 'staging' } });

    expect((await plan(stagingPull)).warnings).toEqual([]);
  });
});

describe('a registry that cannot be entered', () => {
  it('is a check that fails, with what mends it', async () => {
    const { ecr, plan } = await given();
    ecr.aws.world.roles.delete(`arn:aws:iam::${registry.accountId}:role/fleet-api`);

    const planned = await plan(stagingPull);

    expect(planned.checks[0]).toMatchObject({ name: 'role', result: 'FAIL', code: 'role-not-assumable' });
    expect(planned.checks.slice(1).map(({ result }) => result)).toEqual(Array.from({ length: 4 }, () => 'UNKNOWN'));
    expect(planned.changes).toEqual({ hasMore: false });
  });
});

describe('a plan whose time is over', () => {
  it('ends with what was read by then, and reads no more', async () => {
    const fleet = makeFleet(createMemoryTable());
    await fleet.register();
    const names = Array.from({ length: 30 }, (_, n) => `team/r${String(n).padStart(2, '0')}`);
    for (const name of names) fleet.ecr.policies.set(name, undefined);
    const { job, grant } = await planningOf(fleet, { ...grantSpec, repositories: { names } });
    const time = new AbortController();
    fleet.faults.ecr.onCall('readPolicy', (_target, repository) => {
      if (repository === 'team/r09') time.abort();
    });

    const plan = await planGrant({ job, grant, grants: [grant], knownAccountIds: new Set() }, time.signal);

    expect(plan.changes).toMatchObject({ repositories: { length: 10 }, hasMore: true });
    expect(fleet.faults.ecr.calls.filter((name) => name === 'readPolicy')).toHaveLength(10);
    expect(plan.checks.at(-1)).toMatchObject({ name: 'policies', result: 'UNKNOWN' });
  });
});

/** The grant as a plan of it sees it. */
async function planningOf(fleet: Fleet, spec: EcrGrantSpec): Promise<Pick<GrantPlanning, 'job' | 'grant'>> {
  const owner = await fleet.registry.getCustomer('acme');
  if (!owner) throw new Error('there is no customer acme');
  const grant = grantRecord({ id: 'staging-pull' }, spec);
  const of = { customer: 'acme', id: grant.id, actor: { caller } };
  const draft = draftGrantOperation(fleet.deps, of, { kind: 'apply-ecr-grant', spec, owner, version: 1 });
  const repositories = { ...fleet.deps.repositories, listGrants: async () => [grant] };
  return { job: ecrJob({ ...fleet.deps, repositories }, { ...draft, id: 'plan-1' }), grant };
}
