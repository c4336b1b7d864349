/**
 * One registry of the simulator, whose reads may be answered by a replica that lags behind for a while. What a policy may
 * hold and how it comes back is the simulator's own.
 */
import { AwsError } from '../../../sandbox/simulators/aws-error.ts';
import { allowEverything, type AwsWorld, createAwsWorld } from '../../../sandbox/simulators/aws-world.ts';
import type { ReadRequest } from '../../../sandbox/simulators/ecr/ecr-action.ts';
import { type EcrRepository, newRepository, repositoryArn } from '../../../sandbox/simulators/ecr/ecr-repository.ts';
import {
  deleteRepositoryPolicy,
  getRepositoryPolicy,
  setRepositoryPolicy,
} from '../../../sandbox/simulators/ecr/policy-actions.ts';
import type { EcrRegistry } from '../../../src/ecr-access/ecr-grant.ts';
import type { ReadPolicy, WrittenPolicy } from '../../../src/ports/ecr-registry.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';

/** No replica lags behind for longer: a little less than the product's patience with a document that it does not know. */
export const longestLagMs = 700;
const replicas = 3;

export interface ReplicatedEcr {
  readonly world: AwsWorld;
  readonly names: readonly string[];
  /** `isStale`: something newer was there already. */
  read(repository: string): ReadPolicy & { readonly isStale?: boolean };
  /** As it is, for those who look on from outside. */
  truth(repository: string): string | undefined;
  /** Without a text the policy is deleted. */
  write(repository: string, text: string | undefined): WrittenPolicy;
}

interface Version {
  readonly repository: EcrRepository;
  /** When each of the replicas has it. */
  readonly visibleAt: readonly number[];
}

export interface ReplicatedEcrOptions {
  readonly registry: EcrRegistry;
  readonly names: readonly string[];
  readonly random: SeededRandom;
  readonly now: () => number;
}

export function createReplicatedEcr({ registry, names, random, now }: ReplicatedEcrOptions): ReplicatedEcr {
  const world = createAwsWorld({ now: () => new Date(now()) });
  const place = { registryId: registry.accountId, region: registry.region };
  const arnOf = (name: string) => repositoryArn(place, name);
  const encryption = { type: 'AES256' } as const;
  const made = names.map((name) => newRepository(place, { name, createdAt: world.now(), encryption }));
  for (const repository of made) world.ecrRepositories.set(repository.arn, repository);
  const histories = new Map<string, Version[]>(
    made.map((repository) => [repository.arn, [{ repository, visibleAt: Array.from({ length: replicas }, () => 0) }]]),
  );
  const ask = (request: ReadRequest, seen = world) => answerOf(request, { world, seen, place });

  function textOf(name: string, repository: EcrRepository | undefined): ReadPolicy {
    const seen = repository ? { ...world, ecrRepositories: new Map([[repository.arn, repository]]) } : world;
    const answer = ask(getRepositoryPolicy({ ...named(place, name) }), seen);
    if (answer.code === 'RepositoryNotFoundException') return { kind: 'repository-missing' };
    return answer.code === 'RepositoryPolicyNotFoundException' ? { kind: 'read' } : { kind: 'read', text: answer.text };
  }

  return {
    ...{ world, names },
    read(name) {
      const versions = histories.get(arnOf(name)) ?? [];
      const replica = random.below(replicas);
      const seen = versions.findLast(({ visibleAt }) => (visibleAt[replica] ?? 0) <= now());
      return { ...textOf(name, seen?.repository), isStale: seen !== versions.at(-1) };
    },
    truth(name) {
      const read = textOf(name, world.ecrRepositories.get(arnOf(name)));
      return read.kind === 'read' ? read.text : undefined;
    },
    write(name, text) {
      const target = named(place, name);
      const request =
        text === undefined ? deleteRepositoryPolicy(target) : setRepositoryPolicy({ ...target, policyText: text });
      const { code, message = '' } = ask(request);
      if (code === 'RepositoryNotFoundException') return { kind: 'repository-missing' };
      if (code === 'InvalidParameterException') return { kind: 'policy-refused', detail: message };
      const repository = world.ecrRepositories.get(arnOf(name));
      if (repository && code === undefined) histories.get(repository.arn)?.push({ repository, visibleAt: lags() });
      return { kind: 'written' };
    },
  };

  /** One of them has it at once, the others mostly soon. */
  function lags(): readonly number[] {
    return Array.from({ length: replicas }, (_, index) => {
      if (index === 0) return now();
      return now() + (random.chance(0.5) ? random.between(longestLagMs / 2, longestLagMs) : random.between(0, 50));
    });
  }
}

function named({ registryId }: { readonly registryId: string }, repositoryName: string) {
  return { registryId, repositoryName };
}

interface Answer {
  readonly text?: string | undefined;
  readonly code?: string;
  readonly message?: string;
}

const looked = { time: '', action: 'ecr:*', resource: '', caller: '' };

function answerOf(
  request: ReadRequest,
  { world, seen, place }: { world: AwsWorld; seen: AwsWorld; place: { registryId: string; region: string } },
): Answer {
  // The order of principals turns with each call.
  world.trail.push(looked);
  const caller = {
    arn: `arn:aws:sts::${place.registryId}:assumed-role/fleet-api/storm`,
    ...{ accountId: place.registryId, userId: 'AROASTORM:storm' },
    policies: [{ kind: 'identity-based', document: allowEverything }] as const,
  };
  try {
    const answer = request.perform({ ...place, world: seen, caller, isStale: false });
    return { text: 'policyText' in answer ? String(answer.policyText) : undefined };
  } catch (error) {
    if (error instanceof AwsError) return { code: error.code, message: error.message };
    throw error;
  }
}
