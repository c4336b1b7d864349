import type { EcrTarget } from '../../src/ports/ecr-registry.ts';

/** A customer's registry, and our way to it. */
export const ecrTarget: EcrTarget = {
  accountId: '111122223333',
  region: 'eu-west-1',
  roleArn: 'arn:aws:iam::111122223333:role/fleet-api',
  externalId: 'acme-4f1c9d',
  sessionName: 'fleet-api-acme',
};
