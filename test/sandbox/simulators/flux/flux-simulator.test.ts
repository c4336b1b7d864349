import { expect, test } from 'vitest';
import { createFluxSimulator } from '../../../../sandbox/simulators/flux/flux-simulator.ts';
import { createKubernetesWorld } from '../../../../sandbox/simulators/kubernetes/kubernetes-world.ts';
import { readinessOf } from '../../../../src/flux-bootstrap/reconciled.ts';
import { fakeGitServer } from '../../../support/fake-git-server.ts';
import {
  configMap,
  fluxCluster,
  gitRepository,
  kustomization,
  sourceReference,
  syncReference,
} from '../../../support/flux-cluster.ts';

/** A cluster whose simulator runs by itself, on timers that a test lets pass. */
function runningCluster(latencyMs: number) {
  const git = fakeGitServer();
  git.push({ 'cluster/a.yaml': configMap('a') });
  const { world: before } = fluxCluster({ git });
  const timers: { readonly at: number; readonly run: () => void }[] = [];
  const clock = { now: Date.parse('2026-03-01T13:00:00Z') };
  const now = () => new Date(clock.now);
  const world = createKubernetesWorld({ now, from: structuredClone(before.snapshot()), later: (work) => work() });
  const schedule = (delayMs: number, run: () => void) => {
    const timer = { at: clock.now + delayMs, run };
    timers.push(timer);
    return () => void timers.splice(timers.indexOf(timer), 1);
  };
  const flux = createFluxSimulator({ world, git, now, schedule, latencyMs });
  return {
    ...{ world, git, flux, timers },
    pass(milliseconds: number) {
      const until = clock.now + milliseconds;
      for (;;) {
        const next = timers.toSorted((one, other) => one.at - other.at).find(({ at }) => at <= until);
        if (!next) break;
        timers.splice(timers.indexOf(next), 1);
        clock.now = next.at;
        next.run();
      }
      clock.now = until;
    },
  };
}

function apply(world: ReturnType<typeof createKubernetesWorld>, ...objects: readonly object[]): void {
  for (const object of objects) {
    world.apply(object as ReturnType<typeof world.apply>, { fieldManager: 'flux', by: 'test', force: true });
  }
}

test('runs by itself, each look a moment after what caused it', () => {
  const { world, git, pass } = runningCluster(100);
  pass(1000);

  apply(world, gitRepository(), kustomization());
  pass(99);
  expect(world.get(sourceReference)?.['status']).toBeUndefined();
  pass(1);
  expect(readinessOf(world.get(syncReference))).toEqual({ kind: 'ready' });
  const second = `main@sha1:${git.push({ 'cluster/b.yaml': configMap('b') })}`;
  world.patchMetadata(sourceReference, { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } }, 'test');
  pass(100);
  expect(world.get(sourceReference)?.['status']).toMatchObject({ artifact: { revision: second } });
  expect(world.get(syncReference)?.['status']).not.toMatchObject({ lastAppliedRevision: second });
  pass(100);

  expect(world.get(syncReference)?.['status']).toMatchObject({ lastAppliedRevision: second });
});

test('finds Deployments available that were so before it began', () => {
  const { world, pass } = runningCluster(100);
  const seen: string[] = [];
  world.subscribe(({ object }) => void seen.push(`${object.kind} ${object.metadata.name}`));

  pass(10_000);

  expect(seen).toEqual([]);
});

test('a controller that comes back takes up what it missed', () => {
  const { world, flux, pass } = runningCluster(100);
  pass(1000);
  flux.stopController('source-controller');
  pass(1000);
  apply(world, gitRepository(), kustomization());
  pass(600_000);
  expect(world.get(sourceReference)?.['status']).toBeUndefined();

  flux.startController('source-controller');
  pass(31_000);

  expect(readinessOf(world.get(syncReference))).toEqual({ kind: 'ready' });
});

test('follows the repository at the interval for as long as it is not stopped', () => {
  const { world, git, flux, timers, pass } = runningCluster(10);
  apply(world, gitRepository(), kustomization());
  pass(1000);
  const second = git.push({ 'cluster/b.yaml': configMap('b') });
  pass(60_000);
  expect(world.get(syncReference)?.['status']).toMatchObject({ lastAppliedRevision: `main@sha1:${second}` });

  flux.stop();
  git.push({ 'cluster/c.yaml': configMap('c') });
  pass(600_000);

  expect(timers).toEqual([]);
  expect(world.get(syncReference)?.['status']).toMatchObject({ lastAppliedRevision: `main@sha1:${second}` });
});

test.each([
  ['flux:fetch', sourceReference],
  ['flux:apply', syncReference],
])('a slow %s takes as long as it is told', (action, reference) => {
  const cluster = fluxCluster();
  cluster.git.push({ 'cluster/a.yaml': configMap('a') });
  cluster.flux.faults = [{ action, times: 1, delayMilliseconds: 5000, when: 'before', isStale: false }];

  cluster.apply(gitRepository(), kustomization());
  cluster.pass(4999);
  expect(readinessOf(cluster.world.get(reference)).kind).toBe('not-ready');
  cluster.pass(1);

  expect(readinessOf(cluster.world.get(reference))).toEqual({ kind: 'ready' });
});
