/** The example that every rig holds: a customer's repository, its AWS account, and the specs that onboard its cluster. */
import type { Aws } from './parts/aws.ts';
import { customerRoleName, gitHostName } from './parts/api-environment.ts';
import type { Gitea } from './parts/gitea.ts';

export const exampleRegion = 'eu-west-1';

/** The Git user that the product is: a collaborator with the rights of an administrator where customers invite it. */
export const botName = 'fleet-bot';

export const exampleRepository = { owner: 'acme', name: 'infrastructure' } as const;

export const exampleCluster = { accountId: '111122223333', region: exampleRegion, name: 'production' } as const;

export interface Example {
  readonly customer: { readonly id: string; readonly spec: object };
  readonly account: { readonly id: string; readonly spec: object };
  readonly cluster: { readonly id: string; readonly spec: object };
}

/** What to PUT, in this order. */
export function exampleSpecs(fluxVersion: string): Example {
  return {
    customer: {
      id: 'acme',
      spec: {
        displayName: 'Acme',
        repository: { host: gitHostName, ...exampleRepository, branch: 'main' },
        delivery: 'direct',
      },
    },
    account: { id: exampleCluster.accountId, spec: { alias: 'production' } },
    cluster: {
      id: 'production',
      spec: {
        accountId: exampleCluster.accountId,
        region: exampleCluster.region,
        eksName: exampleCluster.name,
        environment: 'production',
        labels: { tier: 'gold' },
        access: 'managed',
        flux: { version: fluxVersion },
      },
    },
  };
}

/** The repository with the layout that customers' repositories have, and the product's user invited to it. */
export async function createExampleRepository(gitea: Gitea): Promise<{ readonly botToken: string }> {
  const bot = await gitea.administration.createUser(botName);
  await gitea.administration.createUser(exampleRepository.owner);
  await createCustomerRepository(gitea, exampleRepository, [exampleCluster.name]);
  return { botToken: bot.token };
}

/** A repository of the same layout; each cluster's `apps.yaml` brings the ConfigMap `apps/greeting` to it. */
export async function createCustomerRepository(
  gitea: Gitea,
  repository: { readonly owner: string; readonly name: string },
  clusters: readonly string[],
): Promise<void> {
  const files = Object.assign({}, sharedFiles, ...clusters.map((cluster) => clusterFiles(cluster)));
  await gitea.administration.createRepository({ ...repository, branch: 'main', files });
  // Deploy keys can be managed by administrators of a repository only.
  await gitea.administration.addCollaborator(repository, botName, 'admin');
}

const sharedFiles: Readonly<Record<string, string>> = {
  'README.md': '# Infrastructure of Acme\n',
  'docs/README.md': '# How things are done here\n',
  'flux/apps/base/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - namespace.yaml
  - greeting.yaml
`,
  'flux/apps/base/namespace.yaml': `apiVersion: v1
kind: Namespace
metadata:
  name: apps
`,
  'flux/apps/base/greeting.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: greeting
  namespace: apps
data:
  text: Hello from the repository
`,
  'flux/apps/production/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../base
`,
  'flux/apps/staging/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../base
`,
  'terraform/live/README.md': '# Live stacks\n',
  'terraform/modules/README.md': '# Modules\n',
};

function clusterFiles(cluster: string): Readonly<Record<string, string>> {
  const environment = cluster === 'staging' ? 'staging' : 'production';
  return {
    [`k8s-clusters/${cluster}.yaml`]: `name: ${cluster}\nenvironment: ${environment}\n`,
    [`flux/clusters/${cluster}/apps.yaml`]: `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  interval: 1m0s
  path: ./flux/apps/${environment}
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
`,
  };
}

/**
 * The role in a customer's account. A customer writes the ExternalId into its trust policy that the API tells after the
 * account is registered; so that `example` needs no such step between, the rig's role takes any ExternalId, but refuses
 * a call without one. With `externalId` only that one is taken.
 */
export async function putCustomerRole(
  aws: Pick<Aws, 'put'>,
  role: { readonly accountId: string; readonly trustedPrincipalArn: string; readonly externalId?: string },
): Promise<void> {
  const condition =
    role.externalId === undefined
      ? { StringLike: { 'sts:ExternalId': '?*' } }
      : { StringEquals: { 'sts:ExternalId': role.externalId } };
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: role.trustedPrincipalArn },
    Action: 'sts:AssumeRole',
    Condition: condition,
  };
  await aws.put(`roles/${role.accountId}/${customerRoleName}`, {
    trustPolicy: { Version: '2012-10-17', Statement: [statement] },
  });
}
