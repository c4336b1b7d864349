/** One apply of Flux's objects to a fresh API server, by the product's own steps or by `kubectl apply`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKubernetesCluster } from '../../src/adapters/kubernetes-api.ts';
import { applyComponents, applyNamespaceAndCrds } from '../../src/flux-bootstrap/apply-components.ts';
import type { BootstrapDependencies, BootstrapJob } from '../../src/flux-bootstrap/bootstrap-job.ts';
import type { ClusterSession, ClusterSessions } from '../../src/flux-bootstrap/cluster-sessions.ts';
import { fluxDefaults, type FluxOptions } from '../../src/flux-bootstrap/flux-options.ts';
import type { Wanted } from '../../src/flux-bootstrap/preflight.ts';
import { renderComponents } from '../../src/flux-bootstrap/render-components.ts';
import type { BootstrapSnapshot, Operation } from '../../src/operations/operation.ts';
import type { BodyOutcome } from '../../src/operations/run-step.ts';
import type { Distribution, Distributions } from '../../src/ports/distributions.ts';
import type { Registry } from '../../src/ports/registry.ts';
import { exampleRegion } from '../../sandbox/example.ts';
import type { Rig } from '../rig/rig.ts';
import type { RigCluster } from '../rig/cluster.ts';
import { runCommand } from '../support/e2e/commands.ts';

let count = 0;

/** Without its node, so that no controller that starts is measured along. */
async function freshCluster(rig: Rig): Promise<RigCluster> {
  count += 1;
  const cluster = await rig.addCluster({ accountId: '222233334444', region: exampleRegion, name: `apply-${count}` });
  await cluster.node.stop();
  return cluster;
}

/** Seconds of the two apply steps, rendering included, over a new connection. */
export async function applyByUs(rig: Rig, distribution: Distribution): Promise<number> {
  const cluster = await freshCluster(rig);
  const kubernetes = createKubernetesCluster({
    endpoint: cluster.url,
    certificateAuthorityPem: authorityOf(await rig.aws.cluster(cluster.address)),
    tokens: { get: () => Promise.resolve(cluster.administratorToken), invalidate: () => undefined },
  });
  try {
    const job = applyJob(distribution, { cluster: eksClusterOf(cluster), kubernetes });
    const signal = AbortSignal.timeout(60_000);
    const startedAt = performance.now();
    expectDone(await applyNamespaceAndCrds(job, signal));
    expectDone(await applyComponents(job, signal));
    return (performance.now() - startedAt) / 1000;
  } finally {
    await kubernetes.close();
    await cluster.stop();
  }
}

function expectDone(outcome: BodyOutcome<unknown>): void {
  if (outcome.kind !== 'succeeded') throw new Error(`not applied: ${JSON.stringify(outcome)}`);
}

/** As much of a job as the apply steps look at. */
function applyJob(distribution: Distribution, session: ClusterSession): BootstrapJob {
  const folder = 'flux/clusters/production';
  const flux: FluxOptions = { ...fluxDefaults, version: distribution.version };
  const distributions: Distributions = { load: () => Promise.resolve({ kind: 'loaded', distribution }) };
  const registry: Pick<Registry, 'keepDigest'> = { keepDigest: (_name, digest) => Promise.resolve(digest) };
  const sessions: ClusterSessions = {
    get: () => session,
    put: () => undefined,
    use: (_operationId, { kubernetes }, body) => body(kubernetes),
    end: () => undefined,
  };
  return {
    deps: { distributions, registry } as BootstrapDependencies,
    operation: { id: 'op-bench', customer: 'bench', cluster: 'production' } as Operation,
    snapshot: { flux } as BootstrapSnapshot,
    wanted: { folder, repositoryUrl: 'ssh://git@127.0.0.1/bench/infrastructure.git', branch: 'main' } as Wanted,
    fluxFolder: `${folder}/flux-system`,
    sessions,
  } as BootstrapJob;
}

function eksClusterOf({ url }: RigCluster) {
  return {
    ...{ arn: '', status: 'ACTIVE', kubernetesVersion: '1.36', endpoint: url, certificateAuthority: undefined },
    ...{ createdAt: '', hasPublicEndpoint: true, authenticationMode: 'API' },
  };
}

function authorityOf({ certificateAuthority }: { readonly certificateAuthority?: string | null | undefined }): string {
  return Buffer.from(certificateAuthority ?? '', 'base64').toString('utf8');
}

export interface PeerRun {
  /** `kubectl apply` alone: it does not wait until CRDs can be used, as ours does. */
  readonly applied: number;
  /** With `kubectl wait` until they are established. */
  readonly established: number;
}

/** Seconds of `kubectl apply --server-side --force-conflicts` with the same objects in one file. */
export async function applyByPeer(rig: Rig, distribution: Distribution): Promise<PeerRun> {
  const cluster = await freshCluster(rig);
  const directory = await mkdtemp(join(tmpdir(), 'fleet-bench-'));
  try {
    const rendered = renderComponents(distribution, { ...fluxDefaults, version: distribution.version });
    const file = join(directory, 'gotk-components.yaml');
    await writeFile(file, rendered.yaml);
    const startedAt = performance.now();
    const { exitCode, output } = await runCommand(rig.built.kubectl, [
      ...[`--kubeconfig=${cluster.kubeconfig}`, `--cache-dir=${join(directory, 'cache')}`],
      ...['apply', '--server-side', '--force-conflicts', '-f', file],
    ]);
    const seconds = (performance.now() - startedAt) / 1000;
    const applied = output.split('\n').filter((line) => line.endsWith('serverside-applied')).length;
    if (exitCode !== 0 || applied !== rendered.objects.length) throw new Error(`kubectl apply failed: ${output}`);
    const waited = await runCommand(rig.built.kubectl, [
      ...[`--kubeconfig=${cluster.kubeconfig}`, `--cache-dir=${join(directory, 'cache')}`],
      ...['wait', '--for=condition=Established', 'crd', '--selector=app.kubernetes.io/part-of=flux', '--timeout=60s'],
    ]);
    if (waited.exitCode !== 0) throw new Error(`kubectl wait failed: ${waited.output}`);
    return { applied: seconds, established: (performance.now() - startedAt) / 1000 };
  } finally {
    await rm(directory, { recursive: true, force: true });
    await cluster.stop();
  }
}
