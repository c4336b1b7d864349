import { describe, expect, it } from 'vitest';
import { OutsideCallError } from '../../src/errors.ts';
import { retryStrategy } from '../../src/operations/durable-steps.ts';
import { fluxReferences } from '../../src/flux-bootstrap/live-flux.ts';
import { bootstrapSteps } from '../../src/operations/operation.ts';
import type { BootstrapStep } from '../../src/operations/operation.ts';
import type { KubernetesObject } from '../../src/ports/kubernetes-cluster.ts';
import { operationOf } from '../support/answers.ts';
import { bootstrapEngine } from '../support/bootstrap-engine.ts';
import { unavailable } from '../support/faults.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { acme, clusterPath, clusterSpec, makeFleet } from '../support/fleet.ts';
import type { Fleet } from '../support/fleet.ts';
import { setState } from '../support/operations.ts';

async function given() {
  const table = createMemoryTable();
  const fleet = makeFleet(table);
  await fleet.register();
  return { table, fleet, ...(await bootstrapEngine(fleet)) };
}

const claimedBy = async (fleet: Fleet) => (await fleet.registry.getRuntime('acme', 'production'))?.claimedBy;
const commits = (fleet: Fleet) => fleet.git.repository(acme).branches.get('main') ?? [];

/** What a second run must leave as it is; annotations and status may change. */
function generations(fleet: Fleet): object {
  return Object.fromEntries(
    fleet.kubernetes.all().map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.generation]),
  );
}

describe('a bootstrap', () => {
  it('ends SUCCEEDED with evidence in every step', async () => {
    const { fleet, bootstrap } = await given();

    const operation = await bootstrap();

    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    const { steps } = operation;
    expect(Object.keys(steps).toSorted()).toEqual([...bootstrapSteps].toSorted());
    for (const name of bootstrapSteps) {
      expect(steps[name], name).toMatchObject({ state: 'SUCCEEDED', attempt: 1 });
      expect(Object.keys(steps[name]?.evidence ?? {}), name).not.toEqual([]);
    }
    const [first, ours] = commits(fleet);
    expect(steps['commit-manifests']?.evidence).toMatchObject({ commit: ours?.id });
    expect(ours?.message).toContain(`Fleet-Operation: ${operation.id}`);
    expect(first?.files.get('README.md')).toBe(ours?.files.get('README.md'));
    expect(steps['provision-deploy-key']?.evidence).toMatchObject({ isReadOnly: true });
    expect(steps['await-reconciled']?.evidence).toMatchObject({ revision: `main@sha1:${ours?.id}` });
    expect(await claimedBy(fleet)).toBeUndefined();
    expect(fleet.kubernetes.openConnections).toBe(0);
  });

  it('records on the cluster what it reached', async () => {
    const { fleet, bootstrap } = await given();

    const operation = await bootstrap();

    const read = await (await fleet.call('GET', clusterPath)).json();
    expect(read).toMatchObject({
      status: {
        bootstrap: {
          operationId: operation.id,
          fluxVersion: '2.9.2',
          revision: `main@sha1:${commits(fleet).at(-1)?.id}`,
          keyFingerprint: operation.steps['provision-deploy-key']?.evidence?.['fingerprint'],
        },
      },
    });
  });

  it('again makes no commit and no key, and applies nothing', async () => {
    const { fleet, bootstrap } = await given();
    await bootstrap();
    const before = {
      commits: commits(fleet).length,
      keys: [...fleet.git.repository(acme).deployKeys],
      generations: generations(fleet),
    };
    fleet.faults.kubernetes.calls.length = 0;
    fleet.faults.git.calls.length = 0;

    const operation = await bootstrap();

    expect(operation.state).toBe('SUCCEEDED');
    const skipped: BootstrapStep[] = [
      'commit-manifests',
      'apply-namespace-and-crds',
      'apply-components',
      'provision-deploy-key',
      'apply-sync',
    ];
    for (const name of skipped) expect(operation.steps[name], name).toMatchObject({ state: 'SKIPPED' });
    expect({
      commits: commits(fleet).length,
      keys: fleet.git.repository(acme).deployKeys,
      generations: generations(fleet),
    }).toEqual(before);
    expect(fleet.faults.kubernetes.calls).not.toContain('apply');
    expect(fleet.faults.kubernetes.calls).not.toContain('create');
    expect(fleet.faults.git.calls).not.toContain('commitFiles');
    expect(fleet.faults.git.calls).not.toContain('addDeployKey');
    expect(fleet.privateKeys).toHaveLength(1);
  });

  it('takes few durable operations and keeps little', async () => {
    const { engine, bootstrap } = await given();

    const { id } = await bootstrap();

    expect(engine.stats(id).durableOperations).toBeLessThanOrEqual(20);
    expect(engine.stats(id).checkpointedBytes).toBeLessThan(16_384);
  });

  it('puts right what was deleted, when Flux cannot', async () => {
    const { fleet, bootstrap } = await given();
    await bootstrap();
    fleet.kubernetes.remove({ kind: 'Deployment', name: 'kustomize-controller', namespace: 'flux-system' });

    const operation = await bootstrap();

    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    expect(operation.steps['apply-components']).toMatchObject({ state: 'SUCCEEDED' });
    expect(
      fleet.kubernetes.find({ kind: 'Deployment', name: 'kustomize-controller', namespace: 'flux-system' }),
    ).toBeDefined();
    expect(commits(fleet)).toHaveLength(2);
  });

  it('brings a new version of the options into the repository', async () => {
    const { fleet, bootstrap } = await given();
    await bootstrap();
    await fleet.call('PUT', clusterPath, { body: { ...clusterSpec, flux: { version: '2.9.2', logLevel: 'debug' } } });

    const operation = await bootstrap();

    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    expect(commits(fleet)).toHaveLength(3);
    expect(fleet.git.fileAtHead(acme, 'flux/clusters/production/flux-system/gotk-components.yaml')).toContain(
      '--log-level=debug',
    );
  });
});

describe('an error that may pass', () => {
  it.each([
    [
      'preflight',
      (fleet: Fleet) =>
        fleet.faults.eks.fail('describeCluster', { when: 'before', error: unavailable('eks'), times: 2 }),
    ],
    ['apply-sync', (fleet: Fleet) => failOnce(fleet, 'GitRepository')],
  ] as const)('in %s is tried again, and the step counts its attempts', async (name, spoil) => {
    const { fleet, bootstrap } = await given();
    spoil(fleet);

    const operation = await bootstrap();

    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    expect(operation.steps[name]?.attempt).toBe(name === 'preflight' ? 3 : 2);
    expect(operation.steps[name]).not.toHaveProperty('lastProblem');
  });

  it('that does not pass ends the operation with its code and its remedy', async () => {
    const { fleet, bootstrap } = await given();
    fleet.faults.eks.fail('describeCluster', { when: 'before', error: unavailable('eks'), times: 100 });

    const operation = await bootstrap();

    expect(operation).toMatchObject({
      state: 'FAILED',
      failure: { step: 'preflight', code: 'aws-unavailable', retryable: true },
      steps: { preflight: { state: 'FAILED', attempt: 5 } },
    });
    expect(operation.failure?.remedies).not.toEqual([]);
    expect(await claimedBy(fleet)).toBeUndefined();
  });

  it('after a commit whose answer was lost finds it, and makes no second one', async () => {
    const { fleet, bootstrap } = await given();
    fleet.faults.git.fail('commitFiles', { when: 'after', error: unavailable('git-host') });

    const operation = await bootstrap();

    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    expect(operation.steps['commit-manifests']).toMatchObject({
      state: 'SUCCEEDED',
      attempt: 2,
      evidence: { commit: commits(fleet)[1]?.id },
    });
    expect(commits(fleet)).toHaveLength(2);
  });

  it('of our own store while the result is awaited is only one more look', async () => {
    const { fleet, bootstrap } = await given();
    let seen = 0;
    fleet.faults.operations.onCall('beginStep', () => {
      seen += 1;
      if (seen === bootstrapSteps.length - 1) throw unavailable('dynamodb');
    });

    const operation = await bootstrap();

    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    expect(operation.steps['await-reconciled']).toMatchObject({ state: 'SUCCEEDED', attempt: 2 });
  });
});

describe('a Git host that asks us to come back later', () => {
  const throttled = (retryAfterSeconds: number) =>
    new OutsideCallError({ system: 'git-host', failure: 'throttled', attempted: 'ask', retryAfterSeconds });

  it('is obeyed as often as it asks, and beyond the half hour that an operation has', async () => {
    const { fleet, bootstrap } = await given();
    const begin = fleet.clock.now().getTime();
    fleet.faults.git.fail('commitFiles', { when: 'before', error: throttled(100), times: 20 });

    const operation = await bootstrap();

    expect(operation).toMatchObject({
      state: 'SUCCEEDED',
      steps: { 'commit-manifests': { attempt: 21, postponed: { times: 20 } } },
    });
    expect(fleet.clock.now().getTime() - begin).toBeGreaterThanOrEqual(20 * 100_000);
    expect(commits(fleet)).toHaveLength(2);
  });

  it('is not asked again before that while the result is awaited', async () => {
    const { fleet, bootstrap } = await given();
    let isSynced = false;
    const asked: number[] = [];
    fleet.faults.kubernetes.onCall('apply', (object) => {
      isSynced ||= (object as KubernetesObject).kind === 'GitRepository';
    });
    fleet.faults.git.onCall('listFolder', () => {
      if (!isSynced) return;
      asked.push(fleet.clock.now().getTime());
      if (asked.length === 1) throw throttled(100);
    });

    const operation = await bootstrap();

    expect(operation.state).toBe('SUCCEEDED');
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(100_000);
  });
});

function failOnce(fleet: Fleet, kind: string): void {
  let isDue = true;
  fleet.faults.kubernetes.onCall('apply', (object) => {
    if (!isDue || (object as KubernetesObject).kind !== kind) return;
    isDue = false;
    throw unavailable('kubernetes');
  });
}

describe('a refusal', () => {
  it('ends the operation FAILED with step, code and remedies, and the cluster is free', async () => {
    const { fleet, bootstrap } = await given();
    fleet.git.repository(acme).protection = 'pull requests only';

    const operation = await bootstrap();

    expect(operation).toMatchObject({
      state: 'FAILED',
      failure: { step: 'preflight', code: 'branch-protected', retryable: false, remedies: [expect.any(String)] },
    });
    expect(await claimedBy(fleet)).toBeUndefined();
    expect(commits(fleet)).toHaveLength(1);
    expect(fleet.kubernetes.writes).toEqual([]);
    expect(await (await fleet.call('GET', clusterPath)).json()).not.toHaveProperty('status.bootstrap');
  });

  it('is followed by a new operation that succeeds once the cause is gone', async () => {
    const { fleet, bootstrap } = await given();
    fleet.git.repository(acme).protection = 'pull requests only';
    const headers = { 'idempotency-key': 'deploy-1' };
    const first = await bootstrap({ headers });
    fleet.git.repository(acme).protection = undefined;

    const second = await bootstrap({ headers });

    expect(second.id).not.toBe(first.id);
    expect(second).toMatchObject({ state: 'SUCCEEDED' });
  });

  it('of Flux itself is told in the words of its object, after ten minutes', async () => {
    const { fleet, bootstrap } = await given();
    fleet.kubernetes.controllers.pop();
    fleet.kubernetes.controllers.push(() => {
      const source = fleet.kubernetes.find(fluxReferences.source);
      const conditions = [
        { type: 'Ready', status: 'False', reason: 'GitOperationFailed', message: 'authentication required' },
      ];
      return fleet.kubernetes.setStatus(fluxReferences.source, {
        observedGeneration: source?.metadata.generation,
        conditions,
      });
    });
    const begun = fleet.clock.now().getTime();

    const operation = await bootstrap();

    expect(operation).toMatchObject({
      state: 'FAILED',
      failure: { step: 'await-reconciled', code: 'not-reconciled', retryable: true },
    });
    expect(operation.failure?.detail).toContain(
      'GitRepository flux-system/flux-system: GitOperationFailed: authentication required',
    );
    const waitedSeconds = (fleet.clock.now().getTime() - begun) / 1000;
    expect(waitedSeconds).toBeGreaterThanOrEqual(600);
    expect(waitedSeconds).toBeLessThan(700);
  });
});

describe('a cancelled bootstrap', () => {
  const moments: readonly BootstrapStep[] = ['preflight', 'apply-namespace-and-crds', 'apply-sync', 'await-reconciled'];

  it.each(moments)('during %s finishes that step, begins no other, and ends CANCELLED', async (name) => {
    const { table, fleet, bootstrap } = await given();
    let begun = false;
    fleet.faults.operations.onCall('saveStep', async () => {
      const [id = ''] = begun ? [] : await fleet.operations.listOpen(1);
      const operation = await fleet.operations.get(id);
      if (operation?.steps[name]?.state !== 'RUNNING') return;
      begun = true;
      await setState(table, id, 'CANCELLING');
    });

    const operation = await bootstrap();

    expect(operation.state).toBe('CANCELLED');
    expect(operation.failure).toBeUndefined();
    expect(await claimedBy(fleet)).toBeUndefined();
    const after = bootstrapSteps.slice(bootstrapSteps.indexOf(name) + 1).filter((later) => !isBeside(name, later));
    for (const later of after) expect(operation.steps[later], later).toBeUndefined();
    if (name === 'preflight') expect([commits(fleet).length, fleet.kubernetes.writes]).toEqual([1, []]);
  });

  it('before it began changes nothing', async () => {
    const { table, fleet, run } = await given();
    const { id } = await operationOf(await fleet.call('POST', `${clusterPath}/bootstrap`));
    await setState(table, id, 'CANCELLING');

    const operation = await run(id);

    expect(operation.state).toBe('CANCELLED');
    expect(fleet.faults.eks.calls).toEqual([]);
    expect(await claimedBy(fleet)).toBeUndefined();
  });
});

/** The commit runs beside the objects of the cluster, and may have begun before. */
function isBeside(name: BootstrapStep, other: BootstrapStep): boolean {
  return name === 'apply-namespace-and-crds' && other === 'commit-manifests';
}

describe('an execution whose operation', () => {
  it('was rejected does nothing', async () => {
    const { table, fleet, run } = await given();
    const { id } = await operationOf(await fleet.call('POST', `${clusterPath}/bootstrap`));
    await setState(table, id, 'REJECTED');

    expect(await run(id)).toMatchObject({ state: 'REJECTED' });
    expect(fleet.faults.eks.calls).toEqual([]);
  });

  it('lost its cluster to another one records no result and removes no key', async () => {
    const { fleet, bootstrap } = await given();
    fleet.faults.registry.onCall('recordResult', async () => {
      const instead = { id: (await claimedBy(fleet)) ?? '' };
      await fleet.registry.claim({ customer: 'acme', cluster: 'production', operationId: 'op-next', instead });
    });

    const operation = await bootstrap();

    expect(operation).toMatchObject({ state: 'FAILED', failure: { step: 'record', code: 'claim-lost' } });
    expect(await claimedBy(fleet)).toBe('op-next');
    expect(fleet.faults.git.calls).not.toContain('removeDeployKey');
  });

  it('is at a Git host that is no longer configured ends FAILED', async () => {
    const { fleet, run } = await given();
    const { id } = await operationOf(await fleet.call('POST', `${clusterPath}/bootstrap`));
    Object.assign(fleet.deps, { gitHosts: new Map() });

    expect(await run(id)).toMatchObject({ state: 'FAILED', failure: { code: 'host-key-unknown' } });
  });
});

describe('the private key', () => {
  it('is in the Secret and nowhere else: not in the table, not in the engine, not in a log or an answer', async () => {
    const { table, fleet, bootstrap, files } = await given();
    fleet.faults.git.fail('addDeployKey', { when: 'before', error: unavailable('git-host') });

    const operation = await bootstrap();

    expect(operation.state).toBe('SUCCEEDED');
    const [pem = ''] = fleet.privateKeys;
    const secret = pem.split('\n')[1] ?? '';
    expect(secret.length).toBeGreaterThan(60);
    const encoded = Buffer.from(pem).toString('base64');
    expect(JSON.stringify(fleet.kubernetes.find(fluxReferences.secret))).toContain(encoded);
    const answers = await Promise.all(
      [clusterPath, `${clusterPath}/flux`, `/v1/customers/acme/operations/${operation.id}`].map(async (path) =>
        (await fleet.call('GET', path)).text(),
      ),
    );
    const places = {
      table: JSON.stringify(table.allItems()),
      engine: await files(),
      log: JSON.stringify(fleet.logged),
      answers: answers.join('\n'),
    };
    for (const [place, text] of Object.entries(places)) {
      expect(text.length, place).toBeGreaterThan(100);
      for (const form of [secret, encoded.slice(40, 120)]) expect(text.includes(form), place).toBe(false);
    }
    const inGit = commits(fleet).flatMap(({ files: kept }) => [...kept.values()]);
    expect(inGit.join('\n')).not.toContain(secret);
  });
});

describe('the time between attempts', () => {
  it('doubles up to half a minute, or is what the other side asked for', () => {
    const error = new Error('x');
    const seconds = (attempt: number, cause = error) => {
      const decision = retryStrategy(cause, attempt);
      return decision.shouldRetry ? decision.delay?.seconds : 'no more';
    };

    expect([1, 2, 3, 4, 5, 6, 59, 60].map((attempt) => seconds(attempt))).toEqual([1, 2, 4, 8, 16, 30, 30, 'no more']);
    expect(seconds(1, Object.assign(new Error('x'), { retryAfterSeconds: 90 }))).toBe(90);
    expect(seconds(6, Object.assign(new Error('x'), { retryAfterSeconds: 1 }))).toBe(30);
    expect(seconds(1, Object.assign(new Error('x'), { retryAfterSeconds: 90_000 }))).toBe(6 * 3600);
  });

  it('is to the second what a Git host asked for, however often', () => {
    const asked = { system: 'git-host', failure: 'throttled', attempted: 'commit', retryAfterSeconds: 3 } as const;

    expect(retryStrategy(new OutsideCallError(asked), 9)).toEqual({ shouldRetry: true, delay: { seconds: 3 } });
  });
});
