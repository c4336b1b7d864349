import * as z from 'zod';
import type { PolicyDocument } from '../../src/ecr-access/policy-document.ts';
import { exampleImages, exampleRegistry } from '../example-grant.ts';
import { type Pull, pullAsStaging, type StagingOptions } from './staging-pull.ts';

/** What ECR holds of each of the example's repositories, and whether staging can pull from it. */
export type SeenImages = ReadonlyMap<string, SeenRepository>;

export interface SeenRepository {
  /** Absent: it has none, or there is no such repository. */
  readonly policy: PolicyDocument | undefined;
  readonly pull: Pull;
}

const statement = z.record(z.string(), z.unknown());
const repositoryAnswer = z.object({ policy: z.looseObject({ Statement: z.array(statement) }).nullable() });

export async function lookAtImages(options: StagingOptions): Promise<SeenImages> {
  const seen = new Map<string, SeenRepository>();
  for (const name of [...exampleImages.granted, exampleImages.other]) {
    seen.set(name, { policy: await policyOf(options, name), pull: await pullAsStaging(options, name) });
  }
  return seen;
}

async function policyOf({ worldUrl, signal }: StagingOptions, repository: string): Promise<PolicyDocument | undefined> {
  const { accountId, region } = exampleRegistry;
  const answer = await fetch(`${worldUrl}/_world/ecr/${accountId}/${region}/${repository}`, { signal });
  if (!answer.ok) return undefined;
  const { policy } = repositoryAnswer.parse(await answer.json());
  return policy === null ? undefined : { fields: policy, statements: policy.Statement };
}
