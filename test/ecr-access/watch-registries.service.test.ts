import { describe, expect, it } from 'vitest';
import { isQuietWatch, watchRegistries } from '../../src/ecr-access/watch-registries.service.ts';
import type { WatchReport } from '../../src/ecr-access/watch-registries.service.ts';
import { OutsideCallError } from '../../src/errors.ts';
import { ecrFleet, grantsPath, registry, stagingAccount, stagingPull } from '../support/ecr-fleet.ts';
import type { EcrFleet, ShownOperation } from '../support/ecr-fleet.ts';
import { createMemoryTable } from '../support/memory-table.ts';

const foreign = { Sid: 'ci', Effect: 'Allow', Principal: { AWS: '777788889999' }, Action: ['ecr:PutImage'] };
const policyOf = (...statements: readonly object[]) => ({ Version: '2012-10-17', Statement: statements });
const role = (roleName: string) => ({ type: 'role', accountId: stagingAccount, roleName });

interface Watched extends EcrFleet {
  /** One look, and what it began runs to its end. */
  look(everyMinutes?: number): Promise<WatchReport & { readonly operations: readonly ShownOperation[] }>;
  sidsOf(repository: string): Promise<readonly unknown[]>;
  resultsOf(grant: string): Promise<readonly { readonly repository: string; readonly state: string }[]>;
  writes(): number;
}

async function given(): Promise<Watched> {
  const ecr = await ecrFleet(createMemoryTable());
  await ecr.putRepository('api', policyOf(foreign));
  await ecr.putRepository('web');
  const { signal } = new AbortController();
  return {
    ...ecr,
    async look(everyMinutes = 0) {
      const report = await watchRegistries({ ...ecr.fleet.deps, ecr: ecr.deps.ecr }, { everyMinutes, signal });
      const operations: ShownOperation[] = [];
      for (const id of report.started) operations.push(await ecr.finish(id));
      return { ...report, operations };
    },
    sidsOf: async (name) => ((await ecr.policyOf(name))?.Statement ?? []).map(({ Sid }) => Sid),
    async resultsOf(grant) {
      const answer = await ecr.fleet.call('GET', `${grantsPath}/${grant}/repositories`);
      return ((await answer.json()) as { items: { repository: string; state: string }[] }).items;
    },
    writes: () => ecr.aws.world.trail.filter(({ action }) => /(?:Set|Delete)RepositoryPolicy$/.test(action)).length,
  };
}

const quiet = { started: [], findings: 0, troubled: [] };

describe('a look at a registry', () => {
  it('that is as granted begins nothing and writes nothing', async () => {
    const watched = await given();
    await watched.run('PUT', 'staging-pull', { body: stagingPull });
    const before = watched.writes();

    expect(await watched.look()).toMatchObject({ looked: 1, ...quiet });

    expect(watched.writes()).toBe(before);
  });

  it('finds a policy that somebody wrote over, shows it and puts it right', async () => {
    const watched = await given();
    await watched.run('PUT', 'staging-pull', { body: stagingPull });
    const mine = { ...foreign, Sid: 'person' };
    await watched.putRepository('api', policyOf(mine));

    const found = await watched.look();

    expect(found.findings).toBe(1);
    expect(found.operations).toMatchObject([{ kind: 'reconcile-ecr-registry', state: 'SUCCEEDED' }]);
    expect(found.operations[0]?.steps[0]?.evidence).toMatchObject({
      findings: [{ repository: 'api', kind: 'drifted' }],
    });
    expect(await watched.sidsOf('api')).toEqual(['person', 'FleetApiPull']);
    expect(await watched.resultsOf('staging-pull')).toMatchObject([{ state: 'APPLIED' }, { state: 'APPLIED' }]);
    expect(await watched.look()).toMatchObject(quiet);
  });

  it('shows what drifted until it is put right', async () => {
    const watched = await given();
    await watched.run('PUT', 'staging-pull', { body: stagingPull });
    await watched.putRepository('api', policyOf(foreign));

    const { signal } = new AbortController();
    await watchRegistries({ ...watched.fleet.deps, ecr: watched.deps.ecr }, { everyMinutes: 0, signal });

    expect(await watched.resultsOf('staging-pull')).toMatchObject([
      { repository: 'api', state: 'DRIFTED' },
      { repository: 'web', state: 'APPLIED' },
    ]);
  });

  it('withdraws a grant that has expired', async () => {
    const watched = await given();
    const expiresAt = new Date(watched.fleet.clock.now().getTime() + 3_600_000).toISOString();
    await watched.run('PUT', 'staging-pull', { body: { ...stagingPull, expiresAt } });
    expect(await watched.look()).toMatchObject(quiet);
    watched.fleet.clock.advance(3_600_001);

    const { operations } = await watched.look();

    expect(operations).toMatchObject([{ kind: 'reconcile-ecr-registry', state: 'SUCCEEDED' }]);
    expect(await watched.sidsOf('api')).toEqual(['ci']);
    expect(await watched.policyOf('web')).toBeUndefined();
    const shown = await watched.fleet.call('GET', `${grantsPath}/staging-pull`);
    expect(await shown.json()).toMatchObject({ status: { state: 'EXPIRED' } });
    expect(await watched.look()).toMatchObject(quiet);
  });

  it('takes in a repository that was made later, where the grant covers all', async () => {
    const watched = await given();
    await watched.run('PUT', 'staging-pull', { body: { ...stagingPull, repositories: { all: true } } });
    await watched.putRepository('later');

    const { operations } = await watched.look();

    expect(operations).toMatchObject([{ kind: 'reconcile-ecr-registry', state: 'SUCCEEDED' }]);
    expect(await watched.sidsOf('later')).toEqual(['FleetApiPull']);
    expect(await watched.look()).toMatchObject(quiet);
  });

  it('shows of a repository that went that it is missing, and takes it in again when it is back', async () => {
    const watched = await given();
    await watched.run('PUT', 'staging-pull', { body: stagingPull });
    const web = [...watched.aws.world.ecrRepositories.values()].find(({ name }) => name === 'web');
    watched.aws.world.ecrRepositories.delete(web?.arn ?? '');

    expect((await watched.look()).operations).toMatchObject([{ state: 'SUCCEEDED' }]);
    expect(await watched.resultsOf('staging-pull')).toMatchObject([{ state: 'APPLIED' }, { state: 'MISSING' }]);
    expect(await watched.look()).toMatchObject(quiet);

    await watched.putRepository('web');
    expect((await watched.look()).operations).toMatchObject([{ state: 'SUCCEEDED' }]);
    expect(await watched.sidsOf('web')).toEqual(['FleetApiPull']);
    expect(await watched.look()).toMatchObject(quiet);
  });

  it('tries a principal that was not there again, for a day', async () => {
    const watched = await given();
    await watched.run('PUT', 'ghost', { body: { ...stagingPull, principal: role('ghost') } });

    const [again] = (await watched.look()).operations;
    expect(again).toMatchObject({ kind: 'apply-ecr-grant', grant: 'ghost', state: 'FAILED' });

    await watched.aws.put(`roles/${stagingAccount}/ghost`, { trustPolicy: policyOf() });
    expect((await watched.look()).operations).toMatchObject([{ kind: 'apply-ecr-grant', state: 'SUCCEEDED' }]);
    expect(await watched.resultsOf('ghost')).toMatchObject([{ state: 'APPLIED' }, { state: 'APPLIED' }]);
  });

  it('gives a principal up that is not there after a day', async () => {
    const watched = await given();
    await watched.run('PUT', 'ghost', { body: { ...stagingPull, principal: role('ghost') } });
    watched.fleet.clock.advance(24 * 3_600_000);

    expect(await watched.look()).toMatchObject(quiet);
    expect(await watched.resultsOf('ghost')).toMatchObject([{ state: 'REFUSED' }, { state: 'REFUSED' }]);
  });

  it('finishes a DELETE that failed, once the registry can be entered', async () => {
    const watched = await given();
    await watched.run('PUT', 'staging-pull', { body: stagingPull });
    const arn = `arn:aws:iam::${registry.accountId}:role/fleet-api`;
    const entry = watched.aws.world.roles.get(arn);
    watched.aws.world.roles.delete(arn);
    await watched.run('DELETE', 'staging-pull');
    watched.fleet.clock.advance(61_000);

    expect(await watched.look()).toMatchObject({ started: [], troubled: [{ customer: 'acme' }] });

    if (entry) watched.aws.world.roles.set(arn, entry);
    const { operations } = await watched.look();

    expect(operations).toContainEqual(expect.objectContaining({ kind: 'withdraw-ecr-grant', state: 'SUCCEEDED' }));
    expect(await watched.sidsOf('api')).toEqual(['ci']);
    expect((await watched.fleet.call('GET', `${grantsPath}/staging-pull`)).status).toBe(404);
    expect(await watched.look()).toMatchObject({ looked: 0 });
  });

  it('takes nothing for a finding that an operation is just bringing about', async () => {
    const watched = await given();
    await watched.fleet.call('PUT', `${grantsPath}/staging-pull`, { body: stagingPull });

    expect(await watched.look()).toMatchObject({ looked: 1, ...quiet });
  });

  it('reads what is as granted once, and writes what is not', async () => {
    const watched = await given();
    await watched.run('PUT', 'staging-pull', { body: stagingPull });
    await watched.putRepository('api', policyOf(foreign));
    const reads = () =>
      watched.aws.world.trail.filter(
        ({ action, resource }) => action === 'ecr:GetRepositoryPolicy' && resource.endsWith('/web'),
      ).length;
    const before = reads();

    await watched.look();

    // The look itself, and one of the operation.
    expect(reads() - before).toBe(2);
    expect(await watched.sidsOf('api')).toEqual(['ci', 'FleetApiPull']);
  });

  it('comes once in five minutes', async () => {
    const watched = await given();
    await watched.run('PUT', 'staging-pull', { body: stagingPull });

    let looked = 0;
    for (let minute = 0; minute < 10; minute += 1) {
      looked += (await watched.look(5)).looked;
      watched.fleet.clock.advance(60_000);
    }

    expect(looked).toBe(2);
  });

  it('that nobody can enter shows that on its grants, since when and why, until it can be entered', async () => {
    const watched = await given();
    await watched.run('PUT', 'staging-pull', { body: stagingPull });
    const arn = `arn:aws:iam::${registry.accountId}:role/fleet-api`;
    const entry = watched.aws.world.roles.get(arn);
    watched.aws.world.roles.delete(arn);
    watched.fleet.clock.advance(61_000);
    const since = watched.fleet.clock.now().toISOString();
    const unseen = async () => {
      const answer = await watched.fleet.call('GET', `${grantsPath}/staging-pull`);
      return ((await answer.json()) as { status: { unseen?: object } }).status.unseen;
    };
    expect(await unseen()).toBeUndefined();

    await watched.look();
    watched.fleet.clock.advance(300_000);
    await watched.look();

    expect(await unseen()).toEqual({ since, code: 'role-not-assumable', detail: expect.stringContaining(arn) });
    if (entry) watched.aws.world.roles.set(arn, entry);
    await watched.look();
    expect(await unseen()).toBeUndefined();
  });

  it('that does not answer for any repository is not seen either', async () => {
    const watched = await given();
    await watched.run('PUT', 'staging-pull', { body: stagingPull });
    const error = new OutsideCallError({
      system: 'ecr',
      failure: 'server-error',
      attempted: 'ecr:GetRepositoryPolicy',
    });
    watched.faults.ecr.fail('readPolicy', { when: 'before', error, times: 2 });

    expect(await watched.look()).toMatchObject({ troubled: [{ customer: 'acme' }] });

    const place = { customer: 'acme', registry };
    expect(await watched.deps.repositories.getUnseen(place)).toMatchObject({ code: 'aws-unavailable' });
    await watched.look();
    expect(await watched.deps.repositories.getUnseen(place)).toBeUndefined();
  });

  it('for which no time is left waits for the next one, and is not held to be unseen', async () => {
    const watched = await given();
    await watched.run('PUT', 'staging-pull', { body: stagingPull });

    const report = await watchRegistries(
      { ...watched.fleet.deps, ecr: watched.deps.ecr },
      { everyMinutes: 0, signal: AbortSignal.abort() },
    );

    expect(report).toEqual({ looked: 0, left: 1, ...quiet });
    expect(isQuietWatch(report)).toBe(false);
    expect(await watched.deps.repositories.getUnseen({ customer: 'acme', registry })).toBeUndefined();
  });
});
