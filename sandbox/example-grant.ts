import type { EcrGrantSpec } from '../src/ecr-access/ecr-grant.ts';
import { exampleCluster, exampleRegion } from './example.ts';

/** The example customer's images: the registry in production, and what staging is to have of it. */

export const exampleRegistry = { accountId: exampleCluster.accountId, region: exampleRegion } as const;

/** Each with an image; the first two are granted. */
export const exampleImages = { granted: ['team/api', 'team/web'], other: 'team/tools', tag: '1.4.2' } as const;

const stagingAccountId = '222233334444';

/** In the customer's other account: what deploys there, and the user that may act as it. */
export const exampleStaging = {
  accountId: stagingAccountId,
  spec: { alias: 'staging' },
  deployerName: 'deployer',
  deployerArn: `arn:aws:iam::${stagingAccountId}:role/deployer`,
  userArn: `arn:aws:iam::${stagingAccountId}:user/ci`,
} as const;

export interface ExampleGrant {
  readonly id: string;
  readonly spec: EcrGrantSpec;
}

export const exampleGrant: ExampleGrant = {
  id: 'staging-pull',
  spec: {
    registry: exampleRegistry,
    repositories: { names: exampleImages.granted },
    principal: { type: 'account', accountId: stagingAccountId },
    access: 'pull',
    reason: 'staging deploys',
  },
};
