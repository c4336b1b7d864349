import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  type ECRClient,
  GetRepositoryPolicyCommand,
  RepositoryPolicyNotFoundException,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import type { EcrWorld, PolicyDocument } from './ecr-registry-world.ts';

/** What the owner of a registry does there with a client of their own. */
export function ecrOwner(
  client: ECRClient,
): Pick<EcrWorld, 'makeRepository' | 'deleteRepository' | 'setPolicy' | 'policy'> {
  return {
    async makeRepository(repositoryName, { kmsKeyArn: kmsKey } = {}) {
      const encryptionConfiguration = kmsKey === undefined ? undefined : { encryptionType: 'KMS' as const, kmsKey };
      await client.send(new CreateRepositoryCommand({ repositoryName, encryptionConfiguration }));
    },
    async deleteRepository(repositoryName) {
      await client.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
    },
    async setPolicy(repositoryName, document) {
      await client.send(new SetRepositoryPolicyCommand({ repositoryName, policyText: JSON.stringify(document) }));
    },
    async policy(repositoryName) {
      try {
        const { policyText = '' } = await client.send(new GetRepositoryPolicyCommand({ repositoryName }));
        return JSON.parse(policyText) as PolicyDocument;
      } catch (error) {
        if (error instanceof RepositoryPolicyNotFoundException) return undefined;
        throw error;
      }
    },
  };
}
