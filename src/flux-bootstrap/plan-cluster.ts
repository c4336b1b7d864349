import { isSameSshPublicKey } from '../deploy-keys/ssh-public-key.ts';
import type { OutsideCallError } from '../errors.ts';
import { refusalOf } from '../operations/operation-failures.ts';
import type { EksCluster } from '../ports/eks-access.ts';
import type { DeployKey } from '../ports/git-host.ts';
import { eksTarget } from './bootstrap-job.ts';
import type { ClusterReads } from './bootstrap-job.ts';
import { failedCheck, refused } from './check.ts';
import type { Check } from './check.ts';
import { isWell } from './check-list.ts';
import type { LiveFlux } from './live-flux.ts';
import { findObjectChanges } from './plan-objects.ts';
import type { FoundChanges } from './plan-objects.ts';
import type { Planning, Sight } from './plan-part.ts';
import {
  askAccess,
  askAws,
  askServer,
  judgeAccessEntry,
  judgeFluxFacts,
  readFluxFacts,
} from './preflight-questions.ts';
import type { RenderedBootstrap } from './render-managed-files.ts';

/** What could be seen of AWS and the cluster. */
export interface ClusterSight {
  readonly checks: readonly Check[];
  readonly flux?: LiveFlux;
  readonly changes?: Sight<FoundChanges>;
}

/** What others see meanwhile; `undefined` when they could not. */
export interface SeenBeside {
  readonly rendered: () => Promise<RenderedBootstrap | undefined>;
  readonly deployKeys: () => Promise<readonly DeployKey[] | undefined>;
}

/** From the role to the objects in the cluster, as far as one leads to the next. */
export async function lookAtCluster(planning: Planning, beside: SeenBeside): Promise<ClusterSight> {
  const { job, look } = planning;
  const aws = await look('role', (signal) => askAws(job, signal));
  if (aws.kind === 'failed') return { checks: [failedCheck('role', aws.error)] };
  const { checks, cluster } = aws.value;
  if (!cluster || !isWell(checks, 'cluster')) return { checks };
  const entry = await lookForEntry(planning, cluster);
  const before = [...checks, entry];
  // Where it is refused or unknown there may be another way in; where it is still to be made there is none.
  if (entry.result === 'WARN' || !isWell(checks, 'endpoint')) return { checks: before };
  const connection = await look('server', async () => job.deps.eks.connect(eksTarget(job.operation), cluster));
  if (connection.kind === 'failed') return { checks: [...before, unreachable(connection.error)] };
  const kubernetes = connection.value;
  try {
    const inside = await lookInside(planning, { kubernetes, createdAt: cluster.createdAt }, beside);
    return { ...inside, checks: [...before, ...inside.checks] };
  } finally {
    // Nobody waits for it, and what fails while connections are closed is of no use to anybody.
    kubernetes.close().catch(() => undefined);
  }
}

async function lookForEntry({ job, look }: Planning, cluster: EksCluster): Promise<Check> {
  const sight = await look('entry', (signal) =>
    judgeAccessEntry(job, cluster, () => job.deps.eks.findAccessEntry(eksTarget(job.operation), signal)),
  );
  return sight.kind === 'seen' ? sight.value : failedCheck('access-entry', sight.error);
}

/** That it answers is what this check asks for, so no failure leaves it unknown. */
function unreachable(error: OutsideCallError): Check {
  return refused('api-server', refusalOf(error));
}

interface Connected {
  readonly kubernetes: ClusterReads;
  readonly createdAt: string;
}

async function lookInside(
  { job, look }: Planning,
  { kubernetes, createdAt }: Connected,
  beside: SeenBeside,
): Promise<ClusterSight> {
  const server = await look('server', async (signal) =>
    askServer(job, { kubernetes, access: await askAccess(kubernetes, signal) }, signal),
  );
  if (server.kind === 'failed') return { checks: [unreachable(server.error)] };
  if (!isWell(server.value, 'cluster-admin')) return { checks: server.value };
  // Outside the part's limit: the Git host's slowness must not hide what the cluster answers.
  const keys = await beside.deployKeys();
  const inside = await look('facts', async (signal) => {
    const facts = await readFluxFacts({ kubernetes, createdAt }, signal);
    const checks = await judgeFluxFacts(job, facts, async (publicKey) =>
      keys ? keys.find((key) => isSameSshPublicKey(key.publicKey, publicKey)) : 'unknown',
    );
    return { flux: facts.flux, checks };
  });
  if (inside.kind === 'failed') return { checks: [...server.value, failedCheck('incarnation', inside.error)] };
  const { flux, checks } = inside.value;
  const rendered = await beside.rendered();
  const seen = { checks: [...server.value, ...checks], flux };
  if (!rendered) return seen;
  const { secret } = flux;
  const changes = await look('objects', (signal) => findObjectChanges(job, { kubernetes, rendered, secret }, signal));
  return { ...seen, changes };
}
