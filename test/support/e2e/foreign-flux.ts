/** Puts objects of Flux into a cluster by hand, as somebody else's installation has them. No controller runs. */
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { fluxPaths } from './cluster-api.ts';
import { runCommand } from './commands.ts';
import { waitFor } from './wait-for.ts';
import type { World, WorldCluster } from './world.ts';

const namespace = 'flux-system';
const crdsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Creates the object unless it is there. */
async function createObject({ api }: WorldCluster, path: string, object: object): Promise<void> {
  const { status, body } = await api.call('POST', path, { body: object });
  if (status !== 201 && status !== 409) throw new Error(`POST ${path}: ${status} ${JSON.stringify(body)}`);
}

export async function createFluxNamespace(cluster: WorldCluster): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  await createObject(cluster, '/api/v1/namespaces', object);
}

/** The Secret under the name that `flux bootstrap` gives it. */
export async function createFluxSecret(
  cluster: WorldCluster,
  stringData: Readonly<Record<string, string>>,
): Promise<void> {
  await createFluxNamespace(cluster);
  const metadata = { name: 'flux-system', namespace };
  await createObject(cluster, parentOf(fluxPaths.secret), { apiVersion: 'v1', kind: 'Secret', metadata, stringData });
}

/** The CRDs of `flux install`, ready for use. */
export async function installFluxDefinitions(world: World, cluster: WorldCluster): Promise<void> {
  const { output } = await runCommand(world.rig.env().fluxCli, ['install', '--export']);
  const objects = parseAllDocuments(output).map((document) => document.toJS() as KubernetesObject | null);
  for (const object of objects) {
    if (object?.kind === 'CustomResourceDefinition') await createObject(cluster, crdsPath, object);
  }
  await waitFor('the kinds of Flux are served', async () => {
    const paths = [fluxPaths.source, fluxPaths.sync].map((path) => path.replace(/\/flux-system$/, ''));
    const answers = await Promise.all(paths.map((path) => cluster.api.call('GET', path)));
    return answers.every(({ status }) => status === 200);
  });
}

export interface ForeignSync {
  readonly url: string;
  readonly path: string;
}

/** A GitRepository and a Kustomization under the names that `flux bootstrap` gives them; answers how to undo it. */
export async function installForeignSync(
  cluster: WorldCluster,
  { url, path }: ForeignSync,
): Promise<() => Promise<void>> {
  const metadata = { name: 'flux-system', namespace };
  await createObject(cluster, parentOf(fluxPaths.source), {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata,
    spec: { interval: '1m0s', url, ref: { branch: 'main' }, secretRef: { name: 'flux-system' } },
  });
  await createObject(cluster, parentOf(fluxPaths.sync), {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata,
    spec: { interval: '10m0s', path, prune: true, sourceRef: { kind: 'GitRepository', name: 'flux-system' } },
  });
  return async () => {
    await cluster.api.call('DELETE', fluxPaths.sync);
    await cluster.api.call('DELETE', fluxPaths.source);
  };
}

function parentOf(path: string): string {
  return path.replace(/\/[^/]+$/, '');
}
