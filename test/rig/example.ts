/** What of the example is made of the rig's parts; the rest is the sandbox's (sandbox/example.ts). */
import { customerRoleName, customerTrustPolicy, exampleCluster, exampleRepository } from '../../sandbox/example.ts';
import { repositoryFiles } from '../../sandbox/example-repository.ts';
import type { Aws } from './parts/aws.ts';
import type { Gitea } from './parts/gitea.ts';

/** The Git user that the product is: a collaborator with the rights of an administrator where customers invite it. */
export const botName = 'fleet-bot';

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
  await gitea.administration.createRepository({ ...repository, branch: 'main', files: repositoryFiles(clusters) });
  // Deploy keys can be managed by administrators of a repository only.
  await gitea.administration.addCollaborator(repository, botName, 'admin');
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
  await aws.put(`roles/${role.accountId}/${customerRoleName}`, {
    trustPolicy: customerTrustPolicy(role.trustedPrincipalArn, role.externalId),
  });
}
