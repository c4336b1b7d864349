import type { Incarnation } from '../clusters/cluster.ts';
import { foreignSecret, writableKey } from '../deploy-keys/deploy-key-refusals.ts';
import type { DeployKey } from '../ports/git-host.ts';
import { fail, pass, unknown, warn } from './check.ts';
import type { Check } from './check.ts';
import { fluxNamespace } from './flux-options.ts';
import { samePath, sameRepositoryUrl } from './live-flux.ts';
import type { LiveFlux } from './live-flux.ts';
import type { Wanted } from './preflight.ts';

export interface ClusterFacts {
  readonly incarnation: Incarnation;
  readonly flux: LiveFlux;
  /** The deploy key that the cluster's Secret holds, where it is registered at the Git host; a plan may not know it. */
  readonly deployKey?: DeployKey | 'unknown' | undefined;
}

/** What was recorded of the cluster at the last successful bootstrap. */
export interface Recorded {
  readonly incarnation?: Incarnation | undefined;
  readonly repositoryUrl?: string | undefined;
}

/** What everybody that the API server lets in can ask. */
export function judgeServer(server: {
  readonly kubernetesVersion: string;
  readonly isClusterAdmin: boolean;
}): readonly Check[] {
  return [
    judgeVersion(server.kubernetesVersion),
    server.isClusterAdmin
      ? pass('cluster-admin', 'We may do everything in the cluster.')
      : fail('cluster-admin', 'not-cluster-admin', {
          detail:
            'The API server accepts us, but not as a cluster administrator, and Flux cannot be installed by anyone less.',
          remedy: 'Associate AmazonEKSClusterAdminPolicy with our access entry, with cluster scope.',
        }),
  ];
}

/** Everything that only an administrator can see. */
export function judgeClusterFacts(wanted: Wanted, facts: ClusterFacts, recorded: Recorded): readonly Check[] {
  return [
    judgeIncarnation(wanted, facts.incarnation, recorded.incarnation),
    ...judgeFlux(wanted, facts.flux, recorded),
    judgeSecret(facts),
  ];
}

/** Flux 2.9 asks for 1.33 (`flux check --pre`); its installation does not check it. */
const minimumMinor = 33;

function judgeVersion(version: string): Check {
  const match = /^v?(\d+)\.(\d+)/.exec(version);
  const [major, minor] = [Number(match?.[1]), Number(match?.[2])];
  const isSupported = major > 1 || (major === 1 && minor >= minimumMinor);
  if (isSupported) return pass('kubernetes-version', `Kubernetes ${version}.`);
  return fail('kubernetes-version', 'kubernetes-version-unsupported', {
    detail: `The cluster runs Kubernetes ${version}; Flux needs 1.${minimumMinor} or newer.`,
    remedy: `Upgrade the cluster to 1.${minimumMinor} or newer.`,
  });
}

function judgeIncarnation(wanted: Wanted, present: Incarnation, recorded: Incarnation | undefined): Check {
  const isSame =
    recorded === undefined ||
    (recorded.createdAt === present.createdAt && recorded.kubeSystemUid === present.kubeSystemUid);
  if (isSame) return pass('incarnation', 'The cluster is the one that we know, or is new to us.');
  if (wanted.replace) return warn('incarnation', 'The cluster was replaced; it is taken on as asked.');
  return fail('incarnation', 'cluster-replaced', {
    detail: `Another cluster stands under the name ${wanted.eksName} than the one that was bootstrapped (created ${recorded.createdAt}).`,
    remedy: 'If it was replaced on purpose, call bootstrap with {"replace": true}.',
  });
}

function judgeFlux(wanted: Wanted, flux: LiveFlux, recorded: Recorded): readonly Check[] {
  return [
    judgeNamespace(flux),
    judgeOwner(wanted, flux, recorded),
    judgePath(wanted, flux.sync?.path),
    judgeSource(wanted, flux),
    judgeSuspended(flux),
  ];
}

function judgeNamespace({ isTerminating }: LiveFlux): Check {
  if (!isTerminating) return pass('namespace', `The namespace ${fluxNamespace} is not being deleted.`);
  return fail('namespace', 'namespace-terminating', {
    detail: `The namespace ${fluxNamespace} is being deleted, so nothing can be made in it.`,
    remedy: `Wait until it is gone (\`kubectl get namespace ${fluxNamespace}\`), then call again.`,
  });
}

function judgeOwner(wanted: Wanted, flux: LiveFlux, recorded: Recorded): Check {
  const { installation, source } = flux;
  if (!installation) return pass('flux-owner', 'The cluster has no Flux yet.');
  const isManagedByOther = installation.managedBy !== undefined && installation.managedBy !== 'flux';
  const isAppliedByOther = installation.appliedBy !== undefined && installation.appliedBy !== 'flux-system/flux-system';
  if (isManagedByOther || isAppliedByOther) {
    return fail('flux-owner', 'flux-owned-by-another', {
      detail: `Flux is there already and belongs to ${installation.managedBy ?? installation.appliedBy ?? 'another'}.`,
      remedy: 'Remove that installation, or keep it and do not bootstrap this cluster.',
    });
  }
  if (installation.namespace !== undefined && installation.namespace !== fluxNamespace) {
    return fail('flux-owner', 'flux-owned-by-another', {
      detail: `Flux is there already, in the namespace ${installation.namespace}.`,
      remedy: `Uninstall it (\`flux uninstall --namespace ${installation.namespace}\`), or do not bootstrap this cluster.`,
    });
  }
  const known = [wanted.repositoryUrl, recorded.repositoryUrl].filter((url) => url !== undefined);
  if (source && !known.some((url) => sameRepositoryUrl(url, source.url))) {
    return fail('flux-owner', 'flux-owned-by-another', {
      detail: `Flux reads ${source.url} there, which is not this customer's repository.`,
      remedy: 'Uninstall Flux from the cluster (`flux uninstall`), or register the repository that it reads.',
    });
  }
  return pass('flux-owner', `Flux ${installation.version ?? 'of an unknown version'} is there and is nobody else's.`);
}

/** The path that the Kustomization in the cluster reads; `undefined` when there is none. */
export function judgePath(wanted: Wanted, path: string | undefined): Check {
  const isOurs = path === undefined || samePath(path, wanted.folder);
  if (isOurs) return pass('flux-path', `The path is ./${wanted.folder}.`);
  return fail('flux-path', 'flux-path-conflict', {
    detail: `The Kustomization flux-system reads ${path}; this cluster's folder is ./${wanted.folder}.`,
    remedy: 'Register the cluster under the id that its folder has, or uninstall Flux from the cluster first.',
  });
}

function judgeSuspended(flux: LiveFlux): Check {
  const suspended = [
    flux.source?.isSuspended ? 'source git' : '',
    flux.sync?.isSuspended ? 'kustomization' : '',
  ].filter(Boolean);
  if (suspended.length === 0) return pass('flux-suspended', 'Nothing of the sync is suspended.');
  return fail('flux-suspended', 'flux-suspended', {
    detail: 'Somebody suspended the sync of this cluster, so nothing that we commit would reach it.',
    remedy: suspended.map((kind) => `flux resume ${kind} flux-system`).join('; '),
  });
}

/** What the cluster runs came from where it reads now; the root Kustomization prunes what it no longer finds. */
function judgeSource(wanted: Wanted, { source, sync }: LiveFlux): Check {
  const isMoved =
    source !== undefined && !(sameRepositoryUrl(source.url, wanted.repositoryUrl) && source.branch === wanted.branch);
  if (!isMoved || sync?.lastAppliedRevision === undefined) {
    return pass('flux-source', 'Flux reads from where it is to read, or has not read anything yet.');
  }
  const detail = `Flux has applied ${sync.lastAppliedRevision} of ${source.url}; once it reads ${wanted.branch} of ${wanted.repositoryUrl}, it deletes what ./${wanted.folder} does not hold there.`;
  if (wanted.allowPrune) return warn('flux-source', detail);
  return fail('flux-source', 'prune-not-allowed', {
    detail,
    remedy: 'See to it that the folder holds there what it holds now, then call bootstrap with {"allowPrune": true}.',
  });
}

function judgeSecret({ flux, deployKey }: ClusterFacts): Check {
  if (deployKey === 'unknown') return unknown('secret', 'the deploy keys of the repository cannot be listed');
  const refusal =
    flux.secret.kind === 'other' ? foreignSecret : deployKey?.isReadOnly === false ? writableKey(deployKey) : undefined;
  if (!refusal) return pass('secret', 'The Secret flux-system is absent, or holds an SSH key that can only read.');
  return fail('secret', refusal.code, { detail: refusal.detail, remedy: refusal.remedies.join(' ') });
}
