import { randomBytes } from 'node:crypto';
import type { SandboxAws } from './example-aws.ts';
import { exampleImages, exampleRegistry, exampleStaging } from './example-grant.ts';
import { type AwsWorld, makeAwsId, type Principal } from './simulators/aws-world.ts';
import { newRepository, replacePolicy, repositoryArn } from './simulators/ecr/ecr-repository.ts';
import { withSmallImage } from './simulators/ecr/images.ts';
import { storedPolicy } from './simulators/ecr/policy-principals.ts';
import { readPolicyText } from './simulators/ecr/repository-policy.ts';
import type { PolicyDocument } from './simulators/iam-policy.ts';

/** In the first repository before the product comes: a person lets another company's auditors look into its images. */
export const personsPolicy = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'AuditorsPull',
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::444455556666:root' },
      Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    },
  ],
};

/** Made once: what somebody changes or removes afterwards stays so. */
export function putExampleImages({ world }: SandboxAws): void {
  if (userOf(world)) return;
  const { granted, other, tag } = exampleImages;
  const at = { createdAt: world.now(), encryption: { type: 'AES256' } } as const;
  for (const name of [...granted, other]) {
    const empty = newRepository(
      { registryId: exampleRegistry.accountId, region: exampleRegistry.region },
      { name, ...at },
    );
    const repository = withSmallImage(empty, tag, world.now());
    world.ecrRepositories.set(repository.arn, repository);
    if (name !== granted[0]) continue;
    const policy = storedPolicy(world, repository, readPolicyText(JSON.stringify(personsPolicy)));
    replacePolicy(world, repository, { policy, by: 'somebody' });
  }
  putStaging(world);
  world.onChange();
}

/** Whose keys are nowhere else. */
export function stagingUser({ world }: Pick<SandboxAws, 'world'>): Principal {
  const user = userOf(world);
  if (!user) throw new Error(`there is no ${exampleStaging.userArn}`);
  return user;
}

function userOf({ principals }: AwsWorld): Principal | undefined {
  return [...principals.values()].find(({ arn }) => arn === exampleStaging.userArn);
}

/** A role whose own account lets it pull from production: the half that no policy of a repository can give. */
function putStaging(world: AwsWorld): void {
  const { deployerArn, userArn } = exampleStaging;
  const accessKeyId = makeAwsId('AKIA');
  world.principals.set(accessKeyId, {
    ...{ accessKeyId, secretAccessKey: randomBytes(30).toString('base64'), arn: userArn },
    policy: allow({ Action: ['sts:AssumeRole'], Resource: [deployerArn] }),
  });
  world.roles.set(deployerArn, {
    ...{ arn: deployerArn, roleId: makeAwsId('AROA'), maxSessionSeconds: 3600, createdAt: world.now() },
    trustPolicy: allow({ Action: ['sts:AssumeRole'], Principal: { AWS: [userArn] } }),
    policy: allow(
      { Action: ['ecr:GetAuthorizationToken'], Resource: ['*'] },
      {
        Action: pullActions,
        Resource: [repositoryArn({ ...exampleRegistry, registryId: exampleRegistry.accountId }, '*')],
      },
    ),
  });
}

const pullActions = [
  ...['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  ...['ecr:DescribeImages', 'ecr:ListImages'],
];

function allow(...statements: readonly Omit<PolicyDocument['Statement'][number], 'Effect'>[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements.map((one) => ({ Effect: 'Allow', ...one })) };
}
