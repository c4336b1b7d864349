import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import { ecrAction, type EcrCall, name, registryId, repositoryAction, repositoryFields } from './ecr-action.ts';
import { invalidParameter } from './ecr-error.ts';
import { type EcrRepository, findRepository, repositoriesOf, repositoryArn } from './ecr-repository.ts';

/** ECR API reference, DescribeRepositories, CreateRepository and DeleteRepository. */

const describeBody = z.object({
  registryId,
  repositoryNames: z.array(name).min(1).max(100).optional(),
  nextToken: z.string().optional(),
  maxResults: z.int().min(1).max(1000).optional(),
});

export const describeRepositories = ecrAction(describeBody, {
  repositories: ({ repositoryNames }) => repositoryNames ?? 'all',
  perform(call, { repositoryNames, nextToken, maxResults }) {
    if (repositoryNames === undefined) return page(call, { nextToken, maxResults: maxResults ?? 100 });
    if (nextToken !== undefined || maxResults !== undefined) {
      throw invalidParameter('repositoryNames', 'must not be used with nextToken or maxResults');
    }
    const repositories = repositoryNames.map((one) => findRepository(call.world, call, one));
    return { repositories: repositories.map(formatRepository) };
  },
});

/** By name; the token is the last name of the page before, so that what comes and goes meanwhile shifts nothing. */
function page(call: EcrCall, { nextToken, maxResults }: { nextToken: string | undefined; maxResults: number }): object {
  const after = nextToken === undefined ? '' : Buffer.from(nextToken, 'base64').toString();
  if (Buffer.from(after).toString('base64') !== (nextToken ?? '')) throw invalidParameter('nextToken', 'is invalid');
  const rest = repositoriesOf(call.world, call)
    .filter((one) => one.name > after)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const shown = rest.slice(0, maxResults);
  const last = rest.length > shown.length ? shown.at(-1) : undefined;
  return {
    repositories: shown.map(formatRepository),
    ...(last && { nextToken: Buffer.from(last.name).toString('base64') }),
  };
}

const encryption = z.object({
  encryptionType: z.enum(['AES256', 'KMS', 'KMS_DSSE']),
  kmsKey: z.string().min(1).max(2048).optional(),
});

export const createRepository = repositoryAction(
  z.object({ ...repositoryFields, encryptionConfiguration: encryption.optional() }),
  (call, { repositoryName, encryptionConfiguration }) => {
    const { world, region, registryId: accountId } = call;
    const arn = repositoryArn(call, repositoryName);
    if (world.ecrRepositories.has(arn)) {
      const message = `The repository with name '${repositoryName}' already exists in the registry with id '${accountId}'`;
      throw new AwsError(400, 'RepositoryAlreadyExistsException', message);
    }
    const { encryptionType = 'AES256', kmsKey } = encryptionConfiguration ?? {};
    const repository = {
      ...{ arn, accountId, region, name: repositoryName, createdAt: world.now() },
      encryption: { type: encryptionType, kmsKey },
    } satisfies EcrRepository;
    world.ecrRepositories.set(arn, repository);
    return { repository: formatRepository(repository) };
  },
);

export const deleteRepository = repositoryAction(z.object(repositoryFields), (call, { repositoryName }) => {
  const repository = findRepository(call.world, call, repositoryName);
  call.world.ecrRepositories.delete(repository.arn);
  return { repository: formatRepository(repository) };
});

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
