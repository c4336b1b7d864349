import { describe, expect, it } from 'vitest';
import { applyComponents, applyNamespaceAndCrds, isEstablished } from '../../src/flux-bootstrap/apply-components.ts';
import { applySync, holds } from '../../src/flux-bootstrap/apply-sync.ts';
import { field, fluxReferences } from '../../src/flux-bootstrap/live-flux.ts';
import type { KubernetesObject } from '../../src/ports/kubernetes-cluster.ts';
import { beginJob, never, runningJob } from '../support/bootstrap-job.ts';
import { bootstrapEngine } from '../support/bootstrap-engine.ts';
import { Crash } from '../support/faults.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { makeFleet } from '../support/fleet.ts';

async function given() {
  const { fleet, job } = await runningJob(createMemoryTable());
  return { fleet, job };
}

/** A cluster that Flux takes care of, and a second operation on it. */
async function bootstrapped() {
  const fleet = makeFleet(createMemoryTable());
  await fleet.register();
  expect(await (await bootstrapEngine(fleet)).bootstrap()).toMatchObject({ state: 'SUCCEEDED' });
  fleet.kubernetes.writes.length = 0;
  return { fleet, ...(await beginJob(fleet)) };
}

describe('namespace and CRDs', () => {
  it('are applied, and are established before anything else is', async () => {
    const { fleet, job } = await given();

    const outcome = await applyNamespaceAndCrds(job(), never);

    expect(outcome).toMatchObject({
      kind: 'succeeded',
      value: { isApplying: true },
      evidence: { namespaces: ['flux-system'] },
    });
    const objects = fleet.kubernetes.all().filter(({ metadata }) => metadata.name !== 'kube-system');
    expect(new Set(objects.map(({ kind }) => kind))).toEqual(new Set(['Namespace', 'CustomResourceDefinition']));
    const definitions = objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
    expect(definitions.filter((crd) => !isEstablished(crd))).toEqual([]);
    expect(fleet.kubernetes.writes[0]).toBe('apply Namespace flux-system');
  });

  it('that are not established in time are tried again', async () => {
    const { fleet, job } = await given();
    fleet.kubernetes.controllers.length = 0;

    await expect(applyNamespaceAndCrds(job(), never)).rejects.toMatchObject({ system: 'kubernetes', retryable: true });
  });

  it('are left to Flux where it takes care of itself', async () => {
    const { fleet, job } = await bootstrapped();

    expect(await applyNamespaceAndCrds(job(), never)).toMatchObject({ kind: 'skipped', value: { isApplying: false } });
    expect(fleet.kubernetes.writes).toEqual([]);
  });

  it.each([
    ['a Deployment is gone', { kind: 'Deployment', name: 'helm-controller', namespace: 'flux-system' }],
    ['the sync is gone', fluxReferences.sync],
    ['the source is gone', fluxReferences.source],
    ['the Secret is gone', fluxReferences.secret],
    ['the CRDs are gone', fluxReferences.crd],
  ] as const)('are applied again where %s', async (_, reference) => {
    const { fleet, job } = await bootstrapped();
    fleet.kubernetes.remove(reference);

    expect(await applyNamespaceAndCrds(job(), never)).toMatchObject({ value: { isApplying: true } });
  });
});

describe('the components', () => {
  it('are applied all, and again to the same end', async () => {
    const { fleet, job } = await given();
    await applyNamespaceAndCrds(job(), never);

    expect(await applyComponents(job(), never)).toMatchObject({ kind: 'succeeded' });
    const writes = fleet.kubernetes.writes.length;
    const outcome = await applyComponents(job(), never);

    expect(fleet.kubernetes.writes).toHaveLength(writes);
    expect(outcome.kind === 'succeeded' && outcome.evidence['objects']).toContain('Deployment/source-controller');
    expect(fleet.kubernetes.all().filter(({ kind }) => kind === 'Deployment')).toHaveLength(4);
  });

  it.each(['before', 'after'] as const)(
    'whose apply was cut %s one object are complete the next time',
    async (when) => {
      const { fleet, job } = await given();
      await applyNamespaceAndCrds(job(), never);
      fleet.faults.kubernetes.fail('apply', { when });

      await expect(applyComponents(job(), never)).rejects.toBeInstanceOf(Crash);
      await applyComponents(job(), never);

      expect(fleet.kubernetes.all().filter(({ kind }) => kind === 'Deployment')).toHaveLength(4);
    },
  );
});

describe('the sync', () => {
  async function withNamespace() {
    const made = await given();
    made.fleet.kubernetes.set({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flux-system' } });
    return made;
  }

  it('is applied: the source first', async () => {
    const { fleet, job } = await withNamespace();

    expect(await applySync(job(), never)).toMatchObject({
      kind: 'succeeded',
      evidence: { path: './flux/clusters/production', branch: 'main' },
    });

    expect(fleet.kubernetes.writes).toEqual([
      'apply GitRepository flux-system/flux-system',
      'apply Kustomization flux-system/flux-system',
    ]);
    expect(fleet.kubernetes.find(fluxReferences.source)).toMatchObject({
      spec: { url: 'ssh://git@git.example/acme/infrastructure.git' },
    });
  });

  it('that was cut between the two is complete the next time', async () => {
    const { fleet, job } = await withNamespace();
    fleet.faults.kubernetes.fail('apply', { when: 'after' });

    await expect(applySync(job(), never)).rejects.toBeInstanceOf(Crash);
    expect(fleet.kubernetes.find(fluxReferences.sync)).toBeUndefined();
    await applySync(job(), never);

    expect(fleet.kubernetes.find(fluxReferences.sync)).toBeDefined();
  });

  it('that is as it should be is asked to look now, and keeps its generation', async () => {
    const { fleet, job } = await bootstrapped();
    const before = fleet.kubernetes.find(fluxReferences.sync);

    expect(await applySync(job(), never)).toMatchObject({ kind: 'skipped', evidence: { reconcileRequested: true } });

    for (const reference of [fluxReferences.source, fluxReferences.sync]) {
      const object = fleet.kubernetes.find(reference);
      expect(field(object, 'metadata', 'annotations', 'reconcile.fluxcd.io/requestedAt')).toBe(
        fleet.clock.now().toISOString(),
      );
    }
    expect(fleet.kubernetes.find(fluxReferences.sync)?.metadata.generation).toBe(before?.metadata.generation);
  });

  it('of another folder is refused, and left', async () => {
    const { fleet, job } = await bootstrapped();
    const sync = fleet.kubernetes.find(fluxReferences.sync);
    if (sync) fleet.kubernetes.set({ ...sync, spec: { path: './clusters/other' } });

    expect(await applySync(job(), never)).toMatchObject({ kind: 'refused', refusal: { code: 'flux-path-conflict' } });
    expect(fleet.kubernetes.writes).toEqual([]);
  });

  it('with what others have added to it is as it should be', () => {
    const wanted: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'A',
      metadata: { name: 'a' },
      spec: { a: 1, b: { c: [1] } },
    };

    expect(holds({ ...wanted, spec: { a: 1, b: { c: [1], d: 2 }, timeout: '1m' } }, wanted)).toBe(true);
    expect(holds({ ...wanted, spec: { a: 1, b: { c: [2] } } }, wanted)).toBe(false);
    expect(holds({ ...wanted, spec: { a: 1 } }, wanted)).toBe(false);
    expect(holds(undefined, wanted)).toBe(false);
  });
});
