import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { ecrAction, registryId } from './ecr-action.ts';

const hours = 12;

/**
 * ECR API reference, GetAuthorizationToken. Nothing takes the token here: whoever pulls or pushes signs his calls, which
 * are what ECR's registry makes of a client's, with the same rights.
 */
export const getAuthorizationToken = ecrAction(z.object({ registryId }), {
  repositories: () => 'none',
  perform: ({ world, region, registryId: account }) => ({
    authorizationData: [
      {
        authorizationToken: Buffer.from(`AWS:${randomBytes(90).toString('base64')}`).toString('base64'),
        expiresAt: world.now().getTime() / 1000 + hours * 3600,
        proxyEndpoint: `https://${account}.dkr.ecr.${region}.amazonaws.com`,
      },
    ],
  }),
});
