import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import { ecrAction, name, registryId, repositoryAction, repositoryFields } from './ecr-action.ts';
import { invalidParameter } from './ecr-error.ts';
import { type EcrRepository, findRepository, newRepository, repositoriesOf, repositoryArn } from './ecr-repository.ts';
import { pageFields, pageOf } from './pages.ts';

/** ECR API reference, DescribeRepositories, CreateRepository and DeleteRepository. */

const describeBody = z.object({
  registryId,
  repositoryNames: z.array(name).min(1).max(100).optional(),
  ...pageFields,
});

export const describeRepositories = ecrAction(describeBody, {
  repositories: ({ repositoryNames }) => repositoryNames ?? 'all',
  perform(call, { repositoryNames, nextToken, maxResults }) {
    if (repositoryNames === undefined) {
      const { items, ...rest } = pageOf(repositoriesOf(call.world, call), (one) => one.name, { nextToken, maxResults });
      return { repositories: items.map(formatRepository), ...rest };
    }
    if (nextToken !== undefined || maxResults !== undefined) {
      throw invalidParameter('repositoryNames', 'must not be used with nextToken or maxResults');
    }
    const repositories = repositoryNames.map((one) => findRepository(call.world, call, one));
    return { repositories: repositories.map(formatRepository) };
  },
});

const encryption = z.object({
  encryptionType: z.enum(['AES256', 'KMS', 'KMS_DSSE']),
  kmsKey: z.string().min(1).max(2048).optional(),
});

export const createRepository = repositoryAction(
  z.object({ ...repositoryFields, encryptionConfiguration: encryption.optional() }),
  (call, { repositoryName, encryptionConfiguration }) => {
    const { world, registryId: owner } = call;
    if (world.ecrRepositories.has(repositoryArn(call, repositoryName))) {
      const message = `The repository with name '${repositoryName}' already exists in the registry with id '${owner}'`;
      throw new AwsError(400, 'RepositoryAlreadyExistsException', message);
    }
    const { encryptionType = 'AES256', kmsKey } = encryptionConfiguration ?? {};
    const of = { type: encryptionType, kmsKey };
    const repository = newRepository(call, { name: repositoryName, createdAt: world.now(), encryption: of });
    world.ecrRepositories.set(repository.arn, repository);
    return { repository: formatRepository(repository) };
  },
);

export const deleteRepository = repositoryAction(
  z.object({ ...repositoryFields, force: z.boolean().default(false) }),
  (call, { repositoryName, force }) => {
    const repository = findRepository(call.world, call, repositoryName);
    if (repository.images.length > 0 && !force) {
      const message = `The repository with name '${repositoryName}' in registry with id '${call.registryId}' cannot be deleted because it still contains images`;
      throw new AwsError(400, 'RepositoryNotEmptyException', message);
    }
    call.world.ecrRepositories.delete(repository.arn);
    return { repository: formatRepository(repository) };
  },
);

/** ECR API reference, type Repository; times travel as seconds since 1970 (Smithy, awsJson1_1). */
function formatRepository({
  arn,
  accountId,
  region,
  name: repositoryName,
  createdAt,
  encryption: of,
}: EcrRepository): object {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return {
    ...{ repositoryArn: arn, registryId: accountId, repositoryName },
    repositoryUri: `${accountId}.dkr.ecr.${region}.${domain}/${repositoryName}`,
    createdAt: createdAt.getTime() / 1000,
    imageTagMutability: 'MUTABLE',
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: of.type, ...(of.kmsKey !== undefined && { kmsKey: of.kmsKey }) },
  };
}
