import type { AwsWorld } from '../aws-world.ts';
import { repositoryNotFound } from './ecr-error.ts';
import type { RepositoryPolicy } from './repository-policy.ts';

/** Never changed, only replaced by another. */
export interface EcrRepository {
  readonly arn: string;
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly encryption: {
    readonly type: 'AES256' | 'KMS' | 'KMS_DSSE';
    readonly kmsKey?: string | undefined;
  };
  readonly policy?: RepositoryPolicy | undefined;
  /** Before its last change: what a stale read sees. */
  readonly previousPolicy?: RepositoryPolicy | undefined;
  readonly images: readonly EcrImage[];
  /** Sizes in bytes by digest; the bytes themselves are kept nowhere. */
  readonly layers: ReadonlyMap<string, number>;
  /** What has come so far of layers that are being uploaded. */
  readonly uploads: ReadonlyMap<string, Uint8Array>;
}

export interface EcrImage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly manifest: string;
  readonly mediaType: string;
  readonly pushedAt: Date;
}

/** Where a registry's repositories are. */
export interface EcrPlace {
  readonly registryId: string;
  readonly region: string;
}

export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

export function repositoryArn({ registryId, region }: EcrPlace, name: string): string {
  return `arn:${partitionOf(region)}:ecr:${region}:${registryId}:repository/${name}`;
}

/** Without a policy, and empty. */
export function newRepository(
  place: EcrPlace,
  { name, createdAt, encryption }: Pick<EcrRepository, 'name' | 'createdAt' | 'encryption'>,
): EcrRepository {
  const { registryId: accountId, region } = place;
  const empty = { images: [], layers: new Map(), uploads: new Map() };
  return { arn: repositoryArn(place, name), accountId, region, name, createdAt, encryption, ...empty };
}

export function findRepository(world: AwsWorld, place: EcrPlace, name: string): EcrRepository {
  const repository = world.ecrRepositories.get(repositoryArn(place, name));
  if (!repository) throw repositoryNotFound({ name, registryId: place.registryId });
  return repository;
}

export function repositoriesOf(world: AwsWorld, { registryId, region }: EcrPlace): readonly EcrRepository[] {
  return [...world.ecrRepositories.values()].filter(
    (repository) => repository.accountId === registryId && repository.region === region,
  );
}

export interface PolicyChange {
  /** Absent: the repository has none from then on. */
  readonly policy: RepositoryPolicy | undefined;
  /** ARN of the caller; people who change the world itself are `somebody`. */
  readonly by: string;
}

/** The one way to change a repository's policy. */
export function replacePolicy(world: AwsWorld, repository: EcrRepository, { policy, by }: PolicyChange): EcrRepository {
  const changed = { ...repository, policy, previousPolicy: repository.policy };
  world.ecrRepositories.set(repository.arn, changed);
  const action = policy ? 'ecr:SetRepositoryPolicy' : 'ecr:DeleteRepositoryPolicy';
  world.ecrHistory.push({ at: world.now().toISOString(), action, by, target: repository.arn, detail: { policy } });
  return changed;
}
