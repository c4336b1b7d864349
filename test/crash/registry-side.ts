/** Registries as people have made them, and as ECR remembers them. */
import type { AwsWorld } from '../../sandbox/simulators/aws-world.ts';
import { newRepository, replacePolicy, repositoryArn } from '../../sandbox/simulators/ecr/ecr-repository.ts';
import { storedPolicy } from '../../sandbox/simulators/ecr/policy-principals.ts';
import { readPolicyText } from '../../sandbox/simulators/ecr/repository-policy.ts';
import { type Holdings, type PolicyDocument, region, type Tenant } from './outside.ts';

/** What people have written into a policy; ECR gives the principals of the first one in another order each time. */
const theirs = {
  Version: '2008-10-17',
  Id: 'theirs',
  Statement: [
    {
      Sid: 'build servers',
      Effect: 'Allow',
      Principal: { AWS: ['arn:aws:iam::777788889999:root', 'arn:aws:iam::888899990000:root'] },
      Action: ['ecr:BatchGetImage', 'ecr:PutImage'],
    },
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 'ecr:DeleteRepository',
      Condition: { StringNotEquals: { 'aws:PrincipalTag/team': 'platform' } },
    },
  ],
};

/** With people's statements in the policy, or without a policy; the last two are in no grant. */
const repositories: Readonly<Record<string, object | undefined>> = {
  api: theirs,
  web: undefined,
  theirs,
  empty: undefined,
};

export function furnishRegistry(world: AwsWorld, { accountId }: Tenant): void {
  const place = { registryId: accountId, region };
  for (const [name, policy] of Object.entries(repositories)) {
    const made = newRepository(place, { name, createdAt: world.now(), encryption: { type: 'AES256' } });
    world.ecrRepositories.set(made.arn, made);
    if (!policy) continue;
    const stored = storedPolicy(world, made, readPolicyText(JSON.stringify(policy)));
    replacePolicy(world, made, { policy: stored, by: 'somebody' });
  }
}

export function registryHoldings({ ecrHistory }: AwsWorld, { accountId }: Tenant): Pick<Holdings, 'policies'> {
  const start = repositoryArn({ registryId: accountId, region }, '');
  const policies = ecrHistory
    .filter(({ target }) => target.startsWith(start))
    .map(({ target, by, detail }) => ({
      ...{ repository: target.slice(start.length), by },
      document: detail['policy'] as PolicyDocument | undefined,
    }));
  return { policies };
}
