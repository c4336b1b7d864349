import type { DescribedCluster, EksCluster } from '../ports/eks-access.ts';
import type { InspectedRepository } from '../ports/git-host.ts';
import { fail, pass, unknown } from './check.ts';
import type { Check } from './check.ts';

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

/** Role, cluster and endpoint. */
export function judgeDescribed(wanted: Wanted, described: DescribedCluster): readonly Check[] {
  switch (described.kind) {
    case 'role-not-assumable':
      return [
        fail('role', 'role-not-assumable', {
          detail: `The role ${wanted.roleArn} cannot be assumed: ${described.detail}`,
          remedy:
            'Create the role with our principal and the ExternalId of this customer in its trust policy; both are in the status of the account.',
        }),
      ];
    case 'cluster-not-found':
      return [
        pass('role', `Assumed ${wanted.roleArn}.`),
        fail('cluster', 'cluster-not-found', {
          detail: `EKS knows no cluster ${wanted.eksName} in this account and region.`,
          remedy:
            'Check accountId, region and eksName of the cluster; an eksName that changed needs another cluster id.',
        }),
      ];
    case 'forbidden':
      return [
        pass('role', `Assumed ${wanted.roleArn}.`),
        fail('cluster', 'aws-permission-missing', {
          detail: `The role may not call ${described.action}: ${described.detail}`,
          remedy: `Allow ${described.action} on this cluster in the role's policy.`,
        }),
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
    return [
      fail('cluster', 'cluster-not-active', { detail: `The cluster ${wanted.eksName} is ${cluster.status}.`, remedy }),
    ];
  }
  const active = pass('cluster', `${cluster.arn} is ${cluster.status}.`);
  if (!cluster.hasPublicEndpoint && !wanted.reachesPrivateEndpoints) {
    return [
      active,
      fail('endpoint', 'endpoint-private', {
        detail:
          'The cluster has a private endpoint only, and this installation is attached to no network that reaches it.',
        remedy:
          'Attach the workers to a network that reaches the endpoint, or enable the public endpoint for our egress addresses.',
      }),
    ];
  }
  return [active, pass('endpoint', 'The API server has an endpoint that we may use.')];
}

/** Repository, branch, rights and keys at the Git host. */
export function judgeRepository(wanted: Wanted, repository: InspectedRepository, knownHosts: string): readonly Check[] {
  const hostKeys =
    knownHosts.trim() === ''
      ? fail('host-keys', 'host-key-unknown', {
          detail: 'No SSH host key of the Git host is pinned in our configuration.',
          remedy: 'Add the host keys that the Git host publishes to the configuration; they are never scanned.',
        })
      : pass('host-keys', 'The SSH host keys are pinned.');
  switch (repository.kind) {
    case 'repository-not-found':
      return [
        fail('repository', 'repository-not-found', {
          detail: `There is no repository ${wanted.repositoryName}, or we may not see it.`,
          remedy: 'Create it, or give our user or App access to it.',
        }),
        hostKeys,
      ];
    case 'app-not-installed':
      return [
        fail('repository', 'git-app-not-installed', {
          detail: `Our App is not installed for ${wanted.repositoryName}: ${repository.detail}`,
          remedy: 'Install the App for this repository, with read and write access to contents and administration.',
        }),
        hostKeys,
      ];
    case 'branch-not-found':
      return [
        pass('repository', `${wanted.repositoryName} exists.`),
        fail('branch', 'branch-not-found', {
          detail: `${wanted.repositoryName} has no branch ${wanted.branch}.`,
          remedy: 'Create the branch with a first commit, or correct repository.branch of the customer.',
        }),
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
    : fail('push', 'push-not-allowed', {
        detail: `We may not push to ${wanted.repositoryName}.`,
        remedy: 'Give our user or App write access to the repository.',
      });
  const protection =
    repository.protection === undefined
      ? pass('branch-rules', 'No branch rule refuses a direct commit.')
      : fail('branch-rules', 'branch-protected', {
          detail: `A rule of the branch ${wanted.branch} refuses direct commits: ${repository.protection}`,
          remedy: 'Let our user or App push to the branch in that rule.',
        });
  const keys = repository.allowsDeployKeys
    ? pass('deploy-keys', 'We may register deploy keys.')
    : fail('deploy-keys', 'deploy-keys-disabled', {
        detail: 'We may not register deploy keys in this repository.',
        remedy: 'Allow deploy keys for the repository, and give our user or App administration of it.',
      });
  // Without the right to push, the rules of the branch say nothing of their own.
  return repository.canPush ? [push, protection, keys] : [push, unknown('branch-rules', 'we may not push'), keys];
}
