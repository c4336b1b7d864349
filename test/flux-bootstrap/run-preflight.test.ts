import { describe, expect, it } from 'vitest';
import { fluxReferences } from '../../src/flux-bootstrap/live-flux.ts';
import { runPreflight } from '../../src/flux-bootstrap/run-preflight.ts';
import type { FailureCode } from '../../src/operations/operation-failures.ts';
import type { KubernetesObject } from '../../src/ports/kubernetes-cluster.ts';
import type { FakeEksCluster } from '../support/fake-eks-access.ts';
import { bootstrapEngine } from '../support/bootstrap-engine.ts';
import { beginJob, never, roleArn, runningJob } from '../support/bootstrap-job.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { acme, clusterPath, clusterSpec, customerSpec, makeFleet } from '../support/fleet.ts';
import type { Fleet } from '../support/fleet.ts';

/** What the outside looks like: whatever a refusal must leave as it was. */
function outside(fleet: Fleet): object {
  return {
    head: fleet.git.repository(acme).branches.get('main')?.at(-1)?.id,
    deployKeys: [...fleet.git.repository(acme).deployKeys],
    writes: [...fleet.kubernetes.writes],
    objects: fleet.kubernetes.all(),
  };
}

const repositoryOf = (fleet: Fleet) => fleet.git.repository(acme);

function setCluster(fleet: Fleet, changes: Partial<FakeEksCluster['cluster']>): void {
  fleet.cluster.cluster = { ...fleet.cluster.cluster, ...changes };
}

const namespace: KubernetesObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flux-system' } };

function object(
  reference: { apiVersion: string; kind: string; name: string; namespace?: string },
  fields: object,
): KubernetesObject {
  const { apiVersion, kind, name, ...rest } = reference;
  return { apiVersion, kind, metadata: { name, ...(rest.namespace ? { namespace: rest.namespace } : {}) }, ...fields };
}

function putFlux(
  fleet: Fleet,
  {
    url = 'ssh://git@git.example/acme/infrastructure.git',
    path = './flux/clusters/production',
    suspend = '',
    labels = {},
  } = {},
): void {
  fleet.kubernetes.set(namespace);
  const crd = object(fluxReferences.crd, {});
  fleet.kubernetes.set({
    ...crd,
    metadata: { ...crd.metadata, labels: { 'app.kubernetes.io/version': 'v2.9.2', ...labels } },
  });
  const isSuspended = (what: string) => (suspend === what ? { suspend: true } : {});
  fleet.kubernetes.set(
    object(fluxReferences.source, { spec: { url, ref: { branch: 'main' }, ...isSuspended('source') } }),
  );
  fleet.kubernetes.set(object(fluxReferences.sync, { spec: { path, ...isSuspended('sync') } }));
}

type Refused = readonly [FailureCode, string, (fleet: Fleet) => void];

/** What AWS and the Git host know: refused before even our access entry is made. */
const refusedOutside: readonly Refused[] = [
  [
    'role-not-assumable',
    'the trust policy requires another ExternalId',
    (fleet) => void (fleet.eks.externalId = 'another'),
  ],
  ['cluster-not-found', 'EKS knows no such cluster', (fleet) => fleet.eks.removeClusters()],
  [
    'aws-permission-missing',
    'the role may not describe it',
    (fleet) => void fleet.eks.forbidden.add('eks:DescribeCluster'),
  ],
  [
    'cluster-not-active',
    'it is being created',
    (fleet) => setCluster(fleet, { status: 'CREATING', endpoint: undefined }),
  ],
  ['cluster-not-active', 'it is being deleted', (fleet) => setCluster(fleet, { status: 'DELETING' })],
  ['endpoint-private', 'it has a private endpoint only', (fleet) => setCluster(fleet, { hasPublicEndpoint: false })],
  [
    'branch-not-found',
    'the repository has no such branch',
    (fleet) => void repositoryOf(fleet).branches.delete('main'),
  ],
  ['push-not-allowed', 'we may only read', (fleet) => void (repositoryOf(fleet).canPush = false)],
  ['branch-protected', 'nobody may push', (fleet) => void (repositoryOf(fleet).protection = 'pull requests only')],
  ['deploy-keys-disabled', 'we may not register keys', (fleet) => void (repositoryOf(fleet).allowsDeployKeys = false)],
  ['host-key-unknown', 'no host key is pinned', (fleet) => void (fleet.git.knownHosts = ' \n')],
  ['distribution-not-found', 'there is no such version of Flux', (fleet) => fleet.distributions.clear()],
  [
    'prune-not-allowed',
    'the folder holds an object that ours do not',
    (fleet) =>
      void fleet.git.commitByOther(acme, {
        'flux/clusters/production/flux-system/gotk-components.yaml': foreignManifest,
      }),
  ],
  [
    'prune-not-allowed',
    'the folder holds what nobody can read',
    (fleet) => void fleet.git.commitByOther(acme, { 'flux/clusters/production/flux-system/gotk-sync.yaml': 'a: [b' }),
  ],
  [
    'access-entry-missing',
    'the cluster knows no access entries',
    (fleet) => setCluster(fleet, { authenticationMode: 'CONFIG_MAP' }),
  ],
  [
    'aws-permission-missing',
    'the role may not make its entry',
    (fleet) => void fleet.eks.forbidden.add('eks:CreateAccessEntry'),
  ],
];

const foreignManifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: precious\n  namespace: default\n';

const secretOf = (data: object) => object(fluxReferences.secret, { data });

/** What only the API server can tell. */
const refusedInside: readonly Refused[] = [
  [
    'access-entry-missing',
    'the API server goes on refusing us',
    (fleet) => void (fleet.cluster.refusalsAfterEntry = 10_000),
  ],
  [
    'kubernetes-version-unsupported',
    'it is too old',
    (fleet) => void (fleet.kubernetes.version = 'v1.32.9-eks-abcdef0'),
  ],
  ['not-cluster-admin', 'we are no administrator', (fleet) => void (fleet.kubernetes.isClusterAdmin = false)],
  [
    'flux-owned-by-another',
    'Flux reads another repository',
    (fleet) => putFlux(fleet, { url: 'ssh://git@git.example/other/infra.git' }),
  ],
  [
    'flux-owned-by-another',
    'Flux belongs to Helm',
    (fleet) => putFlux(fleet, { labels: { 'app.kubernetes.io/managed-by': 'Helm' } }),
  ],
  [
    'flux-owned-by-another',
    'Flux is applied by another Kustomization',
    (fleet) =>
      putFlux(fleet, {
        labels: { 'kustomize.toolkit.fluxcd.io/name': 'root', 'kustomize.toolkit.fluxcd.io/namespace': 'infra' },
      }),
  ],
  ['flux-path-conflict', 'the sync reads another folder', (fleet) => putFlux(fleet, { path: './clusters/prod' })],
  ['flux-suspended', 'the source is suspended', (fleet) => putFlux(fleet, { suspend: 'source' })],
  ['flux-suspended', 'the sync is suspended', (fleet) => putFlux(fleet, { suspend: 'sync' })],
  [
    'secret-not-ours',
    'the Secret holds a password',
    (fleet) => {
      fleet.kubernetes.set(namespace);
      fleet.kubernetes.set(secretOf({ username: 'eA==', password: 'eA==' }));
    },
  ],
];

describe('preflight refuses with', () => {
  it.each(refusedOutside)('%s when %s, and has changed nothing at all', async (code, _, spoil) => {
    const { fleet, job } = await runningJob(createMemoryTable());
    fleet.cluster.entries.clear();
    spoil(fleet);
    const before = outside(fleet);

    const outcome = await runPreflight(job(), never);

    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code } });
    expectWords(outcome);
    expect(outside(fleet)).toEqual(before);
    expect([...fleet.cluster.entries]).toEqual([]);
    expect(fleet.faults.kubernetes.calls).toEqual([]);
  });

  it.each(refusedInside)('%s when %s, and has changed nothing but its entry', async (code, _, spoil) => {
    const { fleet, job } = await runningJob(createMemoryTable());
    fleet.cluster.entries.clear();
    spoil(fleet);
    const before = outside(fleet);

    const outcome = await runPreflight(job(), never);

    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code } });
    expectWords(outcome);
    expect(outside(fleet)).toEqual(before);
    expect([...fleet.cluster.entries]).toEqual([roleArn]);
  });

  it('repository-not-found when there is none', async () => {
    const { fleet, job } = await runningJob(createMemoryTable());
    const missing = { ...job(), address: { owner: 'acme', name: 'gone' } };

    expect(await runPreflight(missing, never)).toMatchObject({ refusal: { code: 'repository-not-found' } });
    expect(fleet.kubernetes.writes).toEqual([]);
  });

  it('access-entry-missing at once when the customer should have made it', async () => {
    const fleet = makeFleet(createMemoryTable());
    await fleet.register();
    await fleet.call('PUT', clusterPath, { body: { ...clusterSpec, access: 'customer' } });
    const { job } = await beginJob(fleet);
    fleet.cluster.entries.clear();
    const begun = fleet.clock.now();

    const outcome = await runPreflight(job(), never);

    expect(outcome).toMatchObject({ refusal: { code: 'access-entry-missing' } });
    expect(fleet.cluster.entries.size).toBe(0);
    expect(fleet.clock.now()).toEqual(begun);
    expect(fleet.faults.eks.calls).not.toContain('ensureAccessEntry');
  });

  it('spec-changed when the customer has another repository by now', async () => {
    const { fleet, job } = await runningJob(createMemoryTable());
    const record = await fleet.registry.getCustomer('acme');
    if (!record) throw new Error('the customer is gone');
    const repository = { ...customerSpec.repository, name: 'new' };
    const changed = { ...record, spec: { ...record.spec, repository }, version: record.version + 1 };
    expect(await fleet.registry.putCustomer(changed, 'event-2')).toEqual({ kind: 'written' });
    const before = outside(fleet);

    expect(await runPreflight(job(), never)).toMatchObject({ refusal: { code: 'spec-changed', retryable: true } });
    expect(outside(fleet)).toEqual(before);
  });

  it('distribution-changed when a version has other contents than the first time', async () => {
    const { fleet, job } = await runningJob(createMemoryTable());
    await runPreflight(job(), never);
    const distribution = fleet.distributions.get('2.9.2');
    if (distribution) fleet.distributions.set('2.9.2', { ...distribution, digest: 'sha256:other' });

    expect(await runPreflight(job(), never)).toMatchObject({ refusal: { code: 'distribution-changed' } });
  });

  it('all that is wrong outside, each with its remedy, by the code of the first', async () => {
    const { fleet, job } = await runningJob(createMemoryTable());
    setCluster(fleet, { hasPublicEndpoint: false });
    repositoryOf(fleet).canPush = false;
    repositoryOf(fleet).allowsDeployKeys = false;

    const outcome = await runPreflight(job(), never);

    expect(outcome).toMatchObject({ refusal: { code: 'endpoint-private' } });
    if (outcome.kind !== 'refused') throw new Error(outcome.kind);
    expect(outcome.refusal.remedies).toHaveLength(3);
  });
});

function expectWords(outcome: Awaited<ReturnType<typeof runPreflight>>): void {
  if (outcome.kind !== 'refused') throw new Error(outcome.kind);
  expect(outcome.refusal.detail.length).toBeGreaterThan(10);
  expect(outcome.refusal.remedies.join(' ').length).toBeGreaterThan(20);
}

describe('preflight accepts', () => {
  it('a cluster without Flux, says what it checked, and changes nothing but its entry', async () => {
    const { fleet, job } = await runningJob(createMemoryTable());
    fleet.cluster.entries.clear();
    const before = outside(fleet);

    const outcome = await runPreflight(job(), never);

    expect(outcome.kind).toBe('succeeded');
    if (outcome.kind !== 'succeeded') throw new Error(outcome.kind);
    expect(outcome.value.incarnation).toEqual({
      createdAt: fleet.cluster.cluster.createdAt,
      kubeSystemUid: fleet.kubernetes.find({ kind: 'Namespace', name: 'kube-system' })?.metadata.uid,
    });
    const checks = outcome.evidence['checks'] as readonly { name: string; result: string }[];
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'role',
        'cluster',
        'endpoint',
        'repository',
        'branch',
        'push',
        'branch-rules',
        'deploy-keys',
        'host-keys',
        'access-entry',
        'kubernetes-version',
        'cluster-admin',
        'incarnation',
        'flux-owner',
        'flux-path',
        'flux-suspended',
        'secret',
      ]),
    );
    expect(checks.filter(({ result }) => result !== 'PASS')).toEqual([]);
    expect(outside(fleet)).toEqual(before);
  });

  it('a new access entry as soon as the API server knows it', async () => {
    const { fleet, job } = await runningJob(createMemoryTable());
    fleet.cluster.entries.clear();
    fleet.cluster.refusalsAfterEntry = 5;

    expect(await runPreflight(job(), never)).toMatchObject({ kind: 'succeeded' });
  });

  it.each<[string, (fleet: Fleet) => void]>([
    ['is being updated', (fleet) => setCluster(fleet, { status: 'UPDATING' })],
    ['has our Flux already', (fleet) => putFlux(fleet)],
    [
      'has Flux with the URL and path written otherwise',
      (fleet) =>
        putFlux(fleet, { url: 'ssh://git@git.example/Acme/infrastructure', path: 'flux/clusters/production/' }),
    ],
    ['is of the oldest version that Flux takes', (fleet) => void (fleet.kubernetes.version = 'v1.33.0')],
    ['is newer than anybody knows', (fleet) => void (fleet.kubernetes.version = 'v2.1.0')],
  ])('a cluster that %s', async (_, change) => {
    const { fleet, job } = await runningJob(createMemoryTable());
    change(fleet);

    expect(await runPreflight(job(), never)).toMatchObject({ kind: 'succeeded' });
  });

  it('a removal that is asked for, and a kustomization.yaml that is there, with a warning', async () => {
    const { fleet, job } = await runningJob(createMemoryTable(), { allowPrune: true });
    const folder = 'flux/clusters/production/flux-system';
    fleet.git.commitByOther(acme, {
      [`${folder}/gotk-components.yaml`]: foreignManifest,
      [`${folder}/kustomization.yaml`]: 'patches: []\n',
    });

    const outcome = await runPreflight(job(), never);

    expect(outcome.kind).toBe('succeeded');
    if (outcome.kind !== 'succeeded') throw new Error(outcome.kind);
    expect(outcome.evidence['checks']).toContainEqual(
      expect.objectContaining({ name: 'kustomization', result: 'WARN' }),
    );
  });

  it.each([
    ['createdAt', (fleet: Fleet) => setCluster(fleet, { createdAt: '2026-09-09T00:00:00.000Z' })],
    ['kube-system', (fleet: Fleet) => replaceKubeSystem(fleet)],
  ] as const)('another cluster under the same name (%s) only when it is asked to', async (_, replace) => {
    const fleet = makeFleet(createMemoryTable());
    await fleet.register();
    expect(await (await bootstrapEngine(fleet)).bootstrap()).toMatchObject({ state: 'SUCCEEDED' });
    replace(fleet);

    const strict = await beginJob(fleet);
    expect(await runPreflight(strict.job(), never)).toMatchObject({ refusal: { code: 'cluster-replaced' } });
    await fleet.operations.end(strict.operation.id, ['RUNNING'], {
      state: 'FAILED',
      at: fleet.clock.now().toISOString(),
    });
    const lenient = await beginJob(fleet, { replace: true });
    expect(await runPreflight(lenient.job(), never)).toMatchObject({ kind: 'succeeded' });
  });
});

function replaceKubeSystem(fleet: Fleet): void {
  fleet.kubernetes.remove({ kind: 'Namespace', name: 'kube-system' });
  fleet.kubernetes.set({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } });
}
