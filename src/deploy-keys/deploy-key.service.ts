import { getCluster } from '../clusters/cluster.service.ts';
import { patienceMs, type Reachability } from '../clusters/reachability.ts';
import { OutsideCallError } from '../errors.ts';
import { refusalOf } from '../operations/operation-failures.ts';
import type { DeployKey, GitHost, RepositoryAddress } from '../ports/git-host.ts';
import type { Registry } from '../ports/registry.ts';
import { isDeployKeyTitleOf } from './deploy-key-title.ts';
import { parseSshPublicKey, sshKeyFingerprint } from './ssh-public-key.ts';

export interface DeployKeyDependencies {
  readonly registry: Registry;
  readonly gitHosts: ReadonlyMap<string, GitHost>;
}

/** A deploy key of a cluster as the Git host has it. */
export interface ClusterDeployKey {
  /** `SHA256:…` as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  readonly title: string;
  readonly publicKey: string;
  readonly isReadOnly: boolean;
  /** The last successful bootstrap left the cluster with this one. */
  readonly isRecorded: boolean;
}

export interface ClusterDeployKeys {
  /** Of the Git host. */
  readonly reachability: Reachability;
  /** Fingerprint of the key that the last successful bootstrap left the cluster with; known even when nothing answers. */
  readonly recordedFingerprint?: string | undefined;
  /** Absent: it is not known which there are. */
  readonly items?: readonly ClusterDeployKey[] | undefined;
}

/** The deploy keys that are registered for the cluster; a Git host that does not tell is said, not thrown. */
export async function listDeployKeys(
  deps: DeployKeyDependencies,
  address: { readonly customer: string; readonly id: string },
): Promise<ClusterDeployKeys> {
  const { customer, runtime } = await getCluster(deps, address);
  const { host, owner, name } = customer.spec.repository;
  const recordedFingerprint = runtime?.result?.keyFingerprint;
  const asked = await askForKeys(deps.gitHosts.get(host), { owner, name });
  if (asked.kind === 'not-told') {
    const { code, detail } = asked;
    return { reachability: { isReachable: false, code, detail }, recordedFingerprint };
  }
  const cluster = { customer: address.customer, cluster: address.id };
  const items = asked.keys.flatMap(({ title, publicKey, isReadOnly }) => {
    const parsed = parseSshPublicKey(publicKey);
    if (!isDeployKeyTitleOf(cluster, title) || !parsed) return [];
    const fingerprint = sshKeyFingerprint(parsed);
    return [{ fingerprint, title, publicKey, isReadOnly, isRecorded: fingerprint === recordedFingerprint }];
  });
  return { reachability: { isReachable: true }, recordedFingerprint, items };
}

type Asked =
  | { readonly kind: 'told'; readonly keys: readonly DeployKey[] }
  | { readonly kind: 'not-told'; readonly code: string; readonly detail: string };

async function askForKeys(gitHost: GitHost | undefined, address: RepositoryAddress): Promise<Asked> {
  if (!gitHost) {
    return { kind: 'not-told', code: 'git-host-unknown', detail: 'The Git host is no longer in our configuration.' };
  }
  try {
    return { kind: 'told', keys: await gitHost.listDeployKeys(address, AbortSignal.timeout(patienceMs)) };
  } catch (error) {
    if (!(error instanceof OutsideCallError)) throw error;
    if (error.status !== 404) {
      const { code, detail } = refusalOf(error);
      return { kind: 'not-told', code, detail };
    }
    const detail = `There is no repository ${address.owner}/${address.name}, or we may not see it.`;
    return { kind: 'not-told', code: 'repository-not-found', detail };
  }
}
