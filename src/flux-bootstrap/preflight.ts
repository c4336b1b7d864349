import type { FailureCode, Refusal } from '../operations/operation-failures.ts';
import type { DescribedCluster, EksCluster } from '../ports/eks-access.ts';
import type { InspectedRepository } from '../ports/git-host.ts';
import type { Incarnation } from '../clusters/cluster.ts';
import { sameRepositoryUrl, samePath } from './live-flux.ts';
import type { LiveFlux } from './live-flux.ts';

export interface Check {
  readonly name: string;
  readonly result: 'PASS' | 'WARN' | 'FAIL' | 'UNKNOWN';
  readonly detail: string;
  readonly remedy?: string | undefined;
  /** Of a check that fails: what the operation would fail with. */
  readonly code?: FailureCode | undefined;
}

/** What a bootstrap wants, as far as the checks ask for it. */
export interface Wanted {
  readonly folder: string;
  readonly repositoryUrl: string;
  readonly repositoryName: string;
  readonly branch: string;
  readonly eksName: string;
  readonly roleArn: string;
  readonly access: 'managed' | 'customer';
  readonly replace: boolean;
  readonly allowPrune: boolean;
  readonly reachesPrivateEndpoints: boolean;
}

/** Fails that a later check cannot be made without are `UNKNOWN` there. */
const unknown = (name: string, because: string): Check => ({ name, result: 'UNKNOWN', detail: `Not checked: ${because}.` });
const pass = (name: string, detail: string): Check => ({ name, result: 'PASS', detail });
const fail = (name: string, code: FailureCode, detail: string, remedy: string): Check => ({
  name,
  result: 'FAIL',
  detail,
  remedy,
  code,
});

/** The first check that fails, as the refusal of the operation; all others that fail add their remedies. */
export function refusalOfChecks(checks: readonly Check[]): Refusal | undefined {
  const failed = checks.filter((check) => check.result === 'FAIL');
  const first = failed[0];
  if (!first) return undefined;
  return {
    code: first.code ?? 'internal-error',
    detail: failed.map((check) => check.detail).join(' '),
    remedies: failed.flatMap((check) => (check.remedy ? [check.remedy] : [])),
  };
}

/** Role, cluster and endpoint. */
export function judgeDescribed(wanted: Wanted, described: DescribedCluster): readonly Check[] {
  switch (described.kind) {
    case 'role-not-assumable':
      return [
        fail(
          'role',
          'role-not-assumable',
          `The role ${wanted.roleArn} cannot be assumed: ${described.detail}`,
          'Create the role from the access template, with our principal and the ExternalId of this customer in its trust policy.',
        ),
      ];
    case 'cluster-not-found':
      return [
        pass('role', `Assumed ${wanted.roleArn}.`),
        fail(
          'cluster',
          'cluster-not-found',
          `EKS knows no cluster ${wanted.eksName} in this account and region.`,
          'Check accountId, region and eksName of the cluster; an eksName that changed needs another cluster id.',
        ),
      ];
    case 'forbidden':
      return [
        pass('role', `Assumed ${wanted.roleArn}.`),
        fail(
          'cluster',
          'aws-permission-missing',
          `The role may not call ${described.action}: ${described.detail}`,
          `Allow ${described.action} on this cluster in the role's policy (the access template has it).`,
        ),
      ];
    case 'described':
      return [pass('role', `Assumed ${wanted.roleArn}.`), ...judgeCluster(wanted, described.cluster)];
  }
}

function judgeCluster(wanted: Wanted, cluster: EksCluster): readonly Check[] {
  // EKS serves its API during an update as well; every other state has no usable endpoint.
  const isUsable = cluster.status === 'ACTIVE' || cluster.status === 'UPDATING';
  if (!isUsable || cluster.endpoint === undefined || cluster.certificateAuthority === undefined) {
    const remedy = 'Wait until EKS shows the cluster as ACTIVE, then call again.';
    return [fail('cluster', 'cluster-not-active', `The cluster ${wanted.eksName} is ${cluster.status}.`, remedy)];
  }
  const active = pass('cluster', `${cluster.arn} is ${cluster.status}.`);
  if (!cluster.hasPublicEndpoint && !wanted.reachesPrivateEndpoints) {
    return [
      active,
      fail(
        'endpoint',
        'endpoint-private',
        'The cluster has a private endpoint only, and this installation is attached to no network that reaches it.',
        'Attach the workers to a network that reaches the endpoint, or enable the public endpoint for our egress addresses.',
      ),
    ];
  }
  return [active, pass('endpoint', 'The API server has an endpoint that we may use.')];
}

/** Repository, branch, rights and keys at the Git host. */
export function judgeRepository(wanted: Wanted, repository: InspectedRepository, knownHosts: string): readonly Check[] {
  const hostKeys =
    knownHosts.trim() === ''
      ? fail(
          'host-keys',
          'host-key-unknown',
          'No SSH host key of the Git host is pinned in our configuration.',
          'Add the host keys that the Git host publishes to the configuration; they are never scanned.',
        )
      : pass('host-keys', 'The SSH host keys are pinned.');
  switch (repository.kind) {
    case 'repository-not-found':
      return [
        fail(
          'repository',
          'repository-not-found',
          `There is no repository ${wanted.repositoryName}, or we may not see it.`,
          'Create it, or give our user or App access to it.',
        ),
        hostKeys,
      ];
    case 'branch-not-found':
      return [
        pass('repository', `${wanted.repositoryName} exists.`),
        fail(
          'branch',
          'branch-not-found',
          `${wanted.repositoryName} has no branch ${wanted.branch}.`,
          'Create the branch with a first commit, or correct repository.branch of the customer.',
        ),
        hostKeys,
      ];
    case 'found':
      return [
        pass('repository', `${wanted.repositoryName} exists.`),
        pass('branch', `${wanted.branch} is at ${repository.head}.`),
        ...judgeRights(wanted, repository),
        hostKeys,
      ];
  }
}

function judgeRights(wanted: Wanted, repository: Extract<InspectedRepository, { kind: 'found' }>): readonly Check[] {
  const push = repository.canPush
    ? pass('push', 'We may push to the repository.')
    : fail(
        'push',
        'push-not-allowed',
        `We may not push to ${wanted.repositoryName}.`,
        'Give our user or App write access to the repository.',
      );
  const protection =
    repository.protection === undefined
      ? pass('branch-rules', 'No branch rule refuses a direct commit.')
      : fail(
          'branch-rules',
          'branch-protected',
          `A rule of the branch ${wanted.branch} refuses direct commits: ${repository.protection}`,
          'Let our user or App push to the branch in that rule.',
        );
  const keys = repository.allowsDeployKeys
    ? pass('deploy-keys', 'We may register deploy keys.')
    : fail(
        'deploy-keys',
        'deploy-keys-disabled',
        'We may not register deploy keys in this repository.',
        'Allow deploy keys for the repository, and give our user or App administration of it.',
      );
  // Without the right to push, the rules of the branch say nothing of their own.
  return repository.canPush ? [push, protection, keys] : [push, unknown('branch-rules', 'we may not push'), keys];
}

export interface ClusterFacts {
  readonly kubernetesVersion: string;
  readonly isClusterAdmin: boolean;
  readonly incarnation: Incarnation;
  readonly flux: LiveFlux;
}

/** What was recorded of the cluster at the last successful bootstrap. */
export interface Recorded {
  readonly incarnation?: Incarnation | undefined;
  readonly repositoryUrl?: string | undefined;
}

/** Everything that only the API server can tell. */
export function judgeClusterFacts(wanted: Wanted, facts: ClusterFacts, recorded: Recorded): readonly Check[] {
  return [
    judgeVersion(facts.kubernetesVersion),
    facts.isClusterAdmin
      ? pass('cluster-admin', 'We may do everything in the cluster.')
      : fail(
          'cluster-admin',
          'not-cluster-admin',
          'The API server accepts us, but not as a cluster administrator, and Flux cannot be installed by anyone less.',
          'Associate AmazonEKSClusterAdminPolicy with our access entry, with cluster scope.',
        ),
    judgeIncarnation(wanted, facts.incarnation, recorded.incarnation),
    ...judgeFlux(wanted, facts.flux, recorded),
  ];
}

/** Flux 2.9 asks for 1.33 (`flux check --pre`); its installation does not check it. */
const minimumMinor = 33;

function judgeVersion(version: string): Check {
  const match = /^v?(\d+)\.(\d+)/.exec(version);
  const [major, minor] = [Number(match?.[1]), Number(match?.[2])];
  const isSupported = major > 1 || (major === 1 && minor >= minimumMinor);
  if (isSupported) return pass('kubernetes-version', `Kubernetes ${version}.`);
  return fail(
    'kubernetes-version',
    'kubernetes-version-unsupported',
    `The cluster runs Kubernetes ${version}; Flux needs 1.${minimumMinor} or newer.`,
    `Upgrade the cluster to 1.${minimumMinor} or newer.`,
  );
}

function judgeIncarnation(wanted: Wanted, present: Incarnation, recorded: Incarnation | undefined): Check {
  const isSame =
    recorded === undefined ||
    (recorded.createdAt === present.createdAt && recorded.kubeSystemUid === present.kubeSystemUid);
  if (isSame) return pass('incarnation', 'The cluster is the one that we know, or is new to us.');
  if (wanted.replace) return { name: 'incarnation', result: 'WARN', detail: 'The cluster was replaced; it is taken on as asked.' };
  return fail(
    'incarnation',
    'cluster-replaced',
    `Another cluster stands under the name ${wanted.eksName} than the one that was bootstrapped (created ${recorded.createdAt}).`,
    'If it was replaced on purpose, call bootstrap with {"replace": true}.',
  );
}

function judgeFlux(wanted: Wanted, flux: LiveFlux, recorded: Recorded): readonly Check[] {
  return [judgeOwner(wanted, flux, recorded), judgePath(wanted, flux), judgeSuspended(flux), judgeSecret(flux)];
}

function judgeOwner(wanted: Wanted, flux: LiveFlux, recorded: Recorded): Check {
  const { installation, source } = flux;
  if (!installation) return pass('flux-owner', 'The cluster has no Flux yet.');
  const isManagedByOther = installation.managedBy !== undefined && installation.managedBy !== 'flux';
  const isAppliedByOther = installation.appliedBy !== undefined && installation.appliedBy !== 'flux-system/flux-system';
  if (isManagedByOther || isAppliedByOther) {
    return fail(
      'flux-owner',
      'flux-owned-by-another',
      `Flux is there already and belongs to ${installation.managedBy ?? installation.appliedBy ?? 'another'}.`,
      'Remove that installation, or keep it and do not bootstrap this cluster.',
    );
  }
  const known = [wanted.repositoryUrl, recorded.repositoryUrl].filter((url) => url !== undefined);
  if (source && !known.some((url) => sameRepositoryUrl(url, source.url))) {
    return fail(
      'flux-owner',
      'flux-owned-by-another',
      `Flux reads ${source.url} there, which is not this customer's repository.`,
      'Uninstall Flux from the cluster (`flux uninstall`), or register the repository that it reads.',
    );
  }
  return pass('flux-owner', `Flux ${installation.version ?? 'of an unknown version'} is there and is nobody else's.`);
}

function judgePath(wanted: Wanted, flux: LiveFlux): Check {
  if (!flux.sync || samePath(flux.sync.path, wanted.folder)) return pass('flux-path', `The path is ./${wanted.folder}.`);
  return fail(
    'flux-path',
    'flux-path-conflict',
    `The Kustomization flux-system reads ${flux.sync.path}; this cluster's folder is ./${wanted.folder}.`,
    'Register the cluster under the id that its folder has, or uninstall Flux from the cluster first.',
  );
}

function judgeSuspended(flux: LiveFlux): Check {
  const suspended = [flux.source?.isSuspended ? 'source git' : '', flux.sync?.isSuspended ? 'kustomization' : ''].filter(Boolean);
  if (suspended.length === 0) return pass('flux-suspended', 'Nothing of the sync is suspended.');
  return fail(
    'flux-suspended',
    'flux-suspended',
    'Somebody suspended the sync of this cluster, so nothing that we commit would reach it.',
    suspended.map((kind) => `flux resume ${kind} flux-system`).join('; '),
  );
}

function judgeSecret(flux: LiveFlux): Check {
  if (flux.secret !== 'other') return pass('secret', 'The Secret flux-system is absent or holds an SSH key.');
  return fail(
    'secret',
    'secret-not-ours',
    'The Secret flux-system in the cluster holds credentials of another kind than an SSH key pair.',
    'Delete the Secret if nobody needs it any more, then call again: a new deploy key is made.',
  );
}
