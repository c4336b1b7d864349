/** What a bootstrap leaves in a repository and in a cluster, with Flux and GitHub simulated beside it. */
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { repositoryFiles } from '../../../../sandbox/example-repository.ts';
import { createFluxSimulator } from '../../../../sandbox/simulators/flux/flux-simulator.ts';
import { createGitHubWorld } from '../../../../sandbox/simulators/github/github-world.ts';
import { createKubernetesWorld } from '../../../../sandbox/simulators/kubernetes/kubernetes-world.ts';
import { createDirectoryDistributions } from '../../../../src/adapters/distribution-directory.ts';
import { generateKeyPair } from '../../../../src/adapters/ssh-key-pairs.ts';
import { withFluxDefaults } from '../../../../src/flux-bootstrap/flux-options.ts';
import { fluxReferences, liveFluxOf } from '../../../../src/flux-bootstrap/live-flux.ts';
import { isAvailable } from '../../../../src/flux-bootstrap/read-live-flux.ts';
import { appliedRevision, commitOfRevision, readinessOf } from '../../../../src/flux-bootstrap/reconciled.ts';
import { renderComponents, splitStages } from '../../../../src/flux-bootstrap/render-components.ts';
import { renderKustomization, renderSync } from '../../../../src/flux-bootstrap/render-sync.ts';
import type { Distribution } from '../../../../src/ports/distributions.ts';
import type { KubernetesObject } from '../../../../src/ports/kubernetes-cluster.ts';

const distributions = fileURLToPath(new URL('../../../../sandbox/distributions', import.meta.url));
const flux = withFluxDefaults({ version: '2.9.2-sandbox.1' });
const repository = { owner: 'acme', name: 'infrastructure' };
const folder = 'flux/clusters/production';

let distribution: Distribution;
beforeAll(async () => {
  const loaded = await createDirectoryDistributions(distributions).load(flux.version, AbortSignal.timeout(10_000));
  if (loaded.kind !== 'loaded') throw new Error(loaded.detail);
  ({ distribution } = loaded);
});

/** As the product writes and applies it, in its order; `onSchedule` drives the simulator by timers. */
function bootstrapped(key = generateKeyPair(), registered = key.publicKey) {
  const github = createGitHubWorld();
  github.createOwner(repository.owner);
  const components = renderComponents(distribution, flux);
  const url = 'ssh://git@github.com/acme/infrastructure.git';
  const sync = renderSync({ url, branch: 'main', path: folder, interval: flux.interval });
  const files = {
    ...repositoryFiles(['production']),
    [`${folder}/flux-system/gotk-components.yaml`]: components.yaml,
    [`${folder}/flux-system/gotk-sync.yaml`]: sync.yaml,
    [`${folder}/flux-system/kustomization.yaml`]: renderKustomization(),
  };
  github.createRepository({ ...repository, files });
  github.addDeployKey(repository, { title: 'production', key: registered, isReadOnly: true });

  const undone: (() => void)[] = [];
  const world = createKubernetesWorld({ later: (work) => void undone.push(work) });
  const simulator = createFluxSimulator({ world, git: github.sshAccess() });
  const settle = () => {
    do {
      for (const work of undone.splice(0)) work();
      simulator.settle();
    } while (undone.length > 0);
  };
  const apply = (objects: readonly KubernetesObject[]) => {
    for (const object of objects) world.apply(object, { fieldManager: 'flux', by: 'test', force: true });
    settle();
  };
  const { first, rest } = splitStages(components.objects);
  apply(first);
  apply(rest);
  const data = {
    identity: key.privateKeyPem,
    'identity.pub': key.publicKey,
    known_hosts: `github.com ${github.hostKey}`,
  };
  const encoded = Object.entries(data).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  const { apiVersion, kind, ...named } = fluxReferences.secret;
  apply([{ apiVersion, kind, metadata: named, data: Object.fromEntries(encoded) }]);
  apply(sync.objects);
  return { world, github, settle, simulator, components, apply };
}

test('a cluster follows its folder with a deploy key that GitHub knows', () => {
  const { world, github, components } = bootstrapped();

  const sync = world.get(fluxReferences.sync);
  expect(readinessOf(world.get(fluxReferences.source))).toEqual({ kind: 'ready' });
  expect(readinessOf(sync)).toEqual({ kind: 'ready' });
  expect(commitOfRevision(appliedRevision(sync) ?? '')).toBe(github.headOf(repository));
  expect(world.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'greeting', namespace: 'apps' })).toBeDefined();
  for (const { apiVersion, kind, metadata } of components.objects) {
    const object = world.get({ apiVersion, kind, ...metadata });
    expect(object?.metadata.generation ?? 1).toBe(1);
    expect(object?.metadata.labels).toMatchObject({ 'kustomize.toolkit.fluxcd.io/name': 'flux-system' });
    if (kind === 'Deployment') expect(isAvailable(object)).toBe(true);
  }
});

test('the product sees a Flux that takes care of itself', () => {
  const { world } = bootstrapped();

  const { crd, source, sync, secret, namespace } = fluxReferences;
  const [crdFound, sourceFound, syncFound, secretFound, namespaceFound] = [crd, source, sync, secret, namespace].map(
    (reference) => world.get(reference),
  );
  const live = liveFluxOf({
    ...{ crd: crdFound, source: sourceFound, sync: syncFound },
    ...{ secret: secretFound, namespace: namespaceFound },
  });

  expect(live).toMatchObject({
    installation: { version: `v${flux.version}`, appliedBy: 'flux-system/flux-system', namespace: 'flux-system' },
    sync: { path: `./${folder}`, isSuspended: false },
    secret: { kind: 'ssh' },
    isTerminating: false,
  });
});

test('a key that GitHub does not know reads nothing', () => {
  const { world } = bootstrapped(generateKeyPair(), generateKeyPair().publicKey);

  expect(readinessOf(world.get(fluxReferences.source))).toMatchObject({
    kind: 'not-ready',
    reason: 'GitOperationFailed',
    message: expect.stringContaining('ssh: unable to authenticate') as string,
  });
  expect(readinessOf(world.get(fluxReferences.sync)).kind).toBe('not-ready');
});

test('applying the same again changes no object of Flux, and a second look writes nothing', () => {
  const { world, components, apply } = bootstrapped();
  const versions = () =>
    components.objects.map(
      ({ apiVersion, kind, metadata }) => world.get({ apiVersion, kind, ...metadata })?.metadata.resourceVersion,
    );
  const before = versions();

  apply(components.objects);
  const asked = { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } };
  world.patchMetadata(fluxReferences.sync, asked, 'test');
  apply([]);

  expect(versions()).toEqual(before);
});
