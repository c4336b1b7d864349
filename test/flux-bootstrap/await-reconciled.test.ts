import { describe, expect, it } from 'vitest';
import { awaitReconciled } from '../../src/flux-bootstrap/await-reconciled.ts';
import { fluxReferences } from '../../src/flux-bootstrap/live-flux.ts';
import type { WrittenFile } from '../../src/flux-bootstrap/managed-files.ts';
import { gitBlobId } from '../../src/flux-bootstrap/git-blob-id.ts';
import { beginJob, never } from '../support/bootstrap-job.ts';
import { bootstrapEngine } from '../support/bootstrap-engine.ts';
import { unavailable } from '../support/faults.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { acme, makeFleet } from '../support/fleet.ts';
import type { Fleet } from '../support/fleet.ts';

const folder = 'flux/clusters/production/flux-system';

/** A cluster with Flux, a second operation that looks at it, and the files as they were written. */
async function given() {
  const fleet = makeFleet(createMemoryTable());
  await fleet.register();
  expect(await (await bootstrapEngine(fleet)).bootstrap()).toMatchObject({ state: 'SUCCEEDED' });
  const { job, operation } = await beginJob(fleet);
  const files: WrittenFile[] = ['gotk-components.yaml', 'gotk-sync.yaml'].map((name) => {
    const path = `${folder}/${name}`;
    return { path, blob: gitBlobId(fleet.git.fileAtHead(acme, path) ?? '') };
  });
  const look = (startedAt?: Date) => {
    const step = { state: 'RUNNING', attempt: 1, startedAt: (startedAt ?? fleet.clock.now()).toISOString() } as const;
    return awaitReconciled(job({ steps: { ...operation.steps, 'await-reconciled': step } }), files, never);
  };
  return { fleet, look, files };
}

/** From here on, the cluster stays as the test has set it. */
function freeze(fleet: Fleet): void {
  fleet.kubernetes.controllers.length = 0;
}

const headOf = (fleet: Fleet) => fleet.git.repository(acme).branches.get('main')?.at(-1)?.id;

function setSync(fleet: Fleet, status: object): void {
  const observedGeneration = fleet.kubernetes.find(fluxReferences.sync)?.metadata.generation;
  fleet.kubernetes.setStatus(fluxReferences.sync, {
    observedGeneration,
    conditions: [{ type: 'Ready', status: 'True' }],
    ...status,
  });
}

describe('reconciled is', () => {
  it('a cluster that is ready at a commit that holds our files, with its controllers available', async () => {
    const { fleet, look } = await given();
    freeze(fleet);

    expect(await look()).toMatchObject({ kind: 'succeeded', value: { revision: `main@sha1:${headOf(fleet)}` } });
  });

  it('one at a later commit, or at a squashed one, with the same files', async () => {
    const { fleet, look } = await given();
    fleet.git.commitByOther(acme, { 'README.md': 'changed\n' });

    expect(await look()).toMatchObject({ kind: 'succeeded' });
  });

  it('one that becomes ready while it is watched', async () => {
    const { fleet, look } = await given();
    const before = fleet.kubernetes.find(fluxReferences.sync);
    fleet.kubernetes.setStatus(fluxReferences.sync, {
      conditions: [{ type: 'Ready', status: 'False', reason: 'Progressing' }],
    });

    expect(await look()).toMatchObject({ kind: 'succeeded' });
    expect(before).toBeDefined();
  });
});

describe('not reconciled yet is', () => {
  it.each<[string, string, (fleet: Fleet) => void]>([
    [
      'a source that is not ready',
      'no route to host',
      (fleet) => {
        const conditions = [
          { type: 'Ready', status: 'False', reason: 'GitOperationFailed', message: 'no route to host' },
        ];
        fleet.kubernetes.setStatus(fluxReferences.source, { observedGeneration: 1, conditions });
      },
    ],
    [
      'a sync whose generation was not observed',
      'Kustomization flux-system/flux-system',
      (fleet) => setSync(fleet, { observedGeneration: 0 }),
    ],
    ['a sync that is gone', 'does not exist', (fleet) => fleet.kubernetes.remove(fluxReferences.sync)],
    [
      'a sync at a commit without our files',
      'are not as we wrote them',
      (fleet) => {
        const [first] = fleet.git.repository(acme).branches.get('main') ?? [];
        setSync(fleet, { lastAppliedRevision: `main@sha1:${first?.id}` });
      },
    ],
    [
      'a sync at a commit where somebody changed our files',
      'are not as we wrote them',
      (fleet) => {
        const commit = fleet.git.commitByOther(acme, { [`${folder}/gotk-sync.yaml`]: '# changed\n' });
        setSync(fleet, { lastAppliedRevision: `main@sha1:${commit}` });
      },
    ],
    [
      'a sync at a commit that the repository does not have',
      'are not as we wrote them',
      (fleet) => setSync(fleet, { lastAppliedRevision: `main@sha1:${'0'.repeat(40)}` }),
    ],
    [
      'a sync without a revision',
      'are not as we wrote them',
      (fleet) => setSync(fleet, { lastAppliedRevision: undefined }),
    ],
    [
      'a controller that is not available',
      'Deployment flux-system/helm-controller',
      (fleet) => {
        fleet.kubernetes.setStatus(
          { kind: 'Deployment', name: 'helm-controller', namespace: 'flux-system' },
          { observedGeneration: 1, updatedReplicas: 1, availableReplicas: 0 },
        );
      },
    ],
    [
      'a controller of an older generation',
      'Deployment flux-system/helm-controller',
      (fleet) => {
        fleet.kubernetes.setStatus(
          { kind: 'Deployment', name: 'helm-controller', namespace: 'flux-system' },
          { observedGeneration: 0, updatedReplicas: 1, availableReplicas: 1 },
        );
      },
    ],
    [
      'a sync that was asked to look and has not',
      'has not looked',
      (fleet) => {
        const sync = fleet.kubernetes.find(fluxReferences.sync);
        const annotations = { 'reconcile.fluxcd.io/requestedAt': 'now' };
        if (sync) fleet.kubernetes.set({ ...sync, metadata: { ...sync.metadata, annotations } });
      },
    ],
  ])('%s: waited for, and after ten minutes refused in its own words', async (_, words, spoil) => {
    const { fleet, look } = await given();
    freeze(fleet);
    spoil(fleet);

    const waiting = await look();
    expect(waiting).toMatchObject({ kind: 'waiting', problem: { code: 'not-reconciled' } });
    expect(waiting.kind === 'waiting' && waiting.problem?.detail).toContain(words);

    const outcome = await look(new Date(fleet.clock.now().getTime() - 600_000));
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'not-reconciled', retryable: true } });
    expect(outcome.kind === 'refused' && outcome.refusal.detail).toContain(words);
  });

  it('a host key that is not the pinned one: waited for as well, and refused as such', async () => {
    const { fleet, look } = await given();
    freeze(fleet);
    const message = "unable to clone 'ssh://…': ssh: handshake failed: knownhosts: key mismatch";
    const ready = { type: 'Ready', status: 'False', reason: 'GitOperationFailed', message };
    fleet.kubernetes.setStatus(fluxReferences.source, { observedGeneration: 1, conditions: [ready] });

    expect(await look()).toMatchObject({ kind: 'waiting', problem: { code: 'host-key-unknown' } });
    const outcome = await look(new Date(fleet.clock.now().getTime() - 600_000));
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'host-key-unknown', retryable: false } });
  });

  it('a cluster that does not answer now', async () => {
    const { fleet, look } = await given();
    fleet.faults.kubernetes.fail('watchUntil', { when: 'before', error: unavailable('kubernetes') });

    expect(await look()).toMatchObject({ kind: 'waiting' });
    expect(await look()).toMatchObject({ kind: 'succeeded' });
  });

  it('waited for less than a step may take', async () => {
    const { fleet, look } = await given();
    freeze(fleet);
    setSync(fleet, { observedGeneration: 0 });
    const begun = fleet.clock.now().getTime();

    await look();

    expect(fleet.clock.now().getTime() - begun).toBeLessThanOrEqual(45_000);
  });
});

describe('what somebody suspended', () => {
  it.each(['source', 'sync'] as const)('(the %s) is refused at once, with the way out', async (which) => {
    const { fleet, look } = await given();
    const reference = fluxReferences[which];
    const object = fleet.kubernetes.find(reference);
    if (object) fleet.kubernetes.set({ ...object, spec: { ...(object['spec'] as object), suspend: true } });

    expect(await look()).toMatchObject({
      kind: 'refused',
      refusal: { code: 'flux-suspended', remedies: [expect.stringContaining('flux resume')] },
    });
  });
});
