/** An attempt to write a policy that is held up until others have done their work, and then goes on. */
import { describe, expect, it } from 'vitest';
import type { EcrGrantSpec } from '../../src/ecr-access/ecr-grant.ts';
import { firstTargets } from '../../src/ecr-access/repository-targets.ts';
import { watchRegistries } from '../../src/ecr-access/watch-registries.service.ts';
import { createEcrSteps } from '../../src/ecr-access/write-ecr-policies.steps.ts';
import { emptyTally } from '../../src/ecr-access/write-policies.ts';
import { ecrFleet, grantsPath, stagingPull } from '../support/ecr-fleet.ts';
import type { EcrFleet } from '../support/ecr-fleet.ts';
import type { Faults } from '../support/faults.ts';
import { createMemoryTable } from '../support/memory-table.ts';

const ofWeb: EcrGrantSpec = { ...stagingPull, repositories: { names: ['web'] } };
const otherAccount = '444455556666';
const other: EcrGrantSpec = { ...ofWeb, principal: { type: 'account', accountId: otherAccount } };

interface Paused {
  readonly ecr: EcrFleet;
  readonly operationId: string;
  /** Lets it go on; answers what it said in the end. */
  wake(): Promise<string>;
}

/** The first attempt of the operation that grants the staging account the right, at `web`. */
async function pausedBefore(moment: 'announcing' | 'writing'): Promise<Paused> {
  const ecr = await ecrFleet(createMemoryTable());
  for (const name of ['api', 'web']) await ecr.putRepository(name);
  const answer = await ecr.fleet.call('PUT', `${grantsPath}/staging-pull`, { body: ofWeb });
  const { id: operationId } = (await answer.json()) as { id: string };
  const steps = createEcrSteps(ecr.deps);
  await steps.begin(operationId);
  await steps.preflight({ operationId, attempt: 1 });
  const { reached, goOn } =
    moment === 'announcing' ? firstCall(ecr.faults.repositories, 'announce') : firstCall(ecr.faults.ecr, 'writePolicy');
  const work = steps.writePolicies({ operationId, attempt: 1, cursor: firstTargets, tally: emptyTally });
  const said = work.then(({ kind }) => kind, String);
  await reached;
  return {
    ...{ ecr, operationId },
    wake() {
      goOn();
      return said;
    },
  };
}

function firstCall<T>(faults: Faults<T>, method: keyof T & string) {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let isFirst = true;
  faults.onCall(method, async () => {
    if (!isFirst) return;
    isFirst = false;
    reached.resolve();
    await gate.promise;
  });
  return { reached: reached.promise, goOn: gate.resolve };
}

async function accountsAt(ecr: EcrFleet, repository: string): Promise<readonly string[]> {
  const text = JSON.stringify(await ecr.policyOf(repository));
  return [...(text ?? '').matchAll(/iam::(\d{12}):root/g)].map(([, account = '']) => account).toSorted();
}

const staging = '222233334444';

function writesTo(ecr: EcrFleet): number {
  return ecr.aws.world.trail.filter(({ action }) => /(?:Set|Delete)RepositoryPolicy$/.test(action)).length;
}

/** The next look at the registry, and what it begins. */
async function look(ecr: EcrFleet): Promise<void> {
  const { signal } = new AbortController();
  const report = await watchRegistries({ ...ecr.fleet.deps, ecr: ecr.deps.ecr }, { everyMinutes: 0, signal });
  expect(report.troubled).toEqual([]);
  for (const id of report.started) expect(await ecr.finish(id)).toMatchObject({ state: 'SUCCEEDED' });
}

describe('an attempt that was held up before it said what it was about to write', () => {
  it('writes nothing once a newer attempt of its operation has done the work', async () => {
    const { ecr, operationId, wake } = await pausedBefore('announcing');
    expect(await ecr.finish(operationId)).toMatchObject({ state: 'SUCCEEDED' });
    const writes = writesTo(ecr);

    expect(await wake()).toContain('policy-busy');

    expect(writesTo(ecr)).toBe(writes);
    expect(await accountsAt(ecr, 'web')).toEqual([staging]);
  });

  it('does not bring back a right that was withdrawn meanwhile', async () => {
    const { ecr, operationId, wake } = await pausedBefore('announcing');
    await ecr.finish(operationId);
    expect(await ecr.run('DELETE', 'staging-pull')).toMatchObject({ state: 'SUCCEEDED' });
    const writes = writesTo(ecr);

    expect(await wake()).toContain('policy-busy');

    expect(writesTo(ecr)).toBe(writes);
    expect(await ecr.policyOf('web')).toBeUndefined();
  });

  it('does not take away the right of an operation that took the repository over', async () => {
    const { ecr, operationId, wake } = await pausedBefore('announcing');
    const failure = { step: 'write-policies', code: 'policy-busy', detail: '', retryable: true, remedies: [] };
    await createEcrSteps(ecr.deps).end(operationId, { kind: 'failed', failure });
    expect(await ecr.run('PUT', 'other', { body: other })).toMatchObject({ state: 'SUCCEEDED' });

    expect(await wake()).toContain('policy-busy');

    expect(await accountsAt(ecr, 'web')).toEqual([staging, otherAccount]);
  });
});

describe('an attempt whose write arrives when others have done theirs', () => {
  it('takes away what came in between only until the next look at the registry', async () => {
    const { ecr, operationId, wake } = await pausedBefore('writing');
    await ecr.finish(operationId);
    await ecr.run('PUT', 'other', { body: other });

    await wake();

    // Nobody can prevent it: ECR takes no condition with a write.
    expect(await accountsAt(ecr, 'web')).toEqual([staging]);
    await look(ecr);
    expect(await accountsAt(ecr, 'web')).toEqual([staging, otherAccount]);
    const shown = await ecr.fleet.call('GET', `${grantsPath}/other`);
    expect(await shown.json()).toMatchObject({ status: { state: 'APPLIED', repositories: [{ state: 'APPLIED' }] } });
  });

  it('brings a withdrawn right back only until the next look, though no grant is left for the repository', async () => {
    const { ecr, operationId, wake } = await pausedBefore('writing');
    await ecr.finish(operationId);
    await ecr.run('PUT', 'other', { body: { ...other, repositories: { names: ['api'] } } });
    expect(await ecr.run('DELETE', 'staging-pull')).toMatchObject({ state: 'SUCCEEDED' });

    await wake();

    expect(await accountsAt(ecr, 'web')).toEqual([staging]);
    await look(ecr);
    expect(await ecr.policyOf('web')).toBeUndefined();
    expect(await accountsAt(ecr, 'api')).toEqual([otherAccount]);
  });
});
