import type { EksTarget } from '../../src/ports/eks-access.ts';

/** A customer's cluster, and our way to it. */
export const eksTarget: EksTarget = {
  accountId: '111122223333',
  region: 'eu-west-1',
  eksName: 'production',
  roleArn: 'arn:aws:iam::111122223333:role/fleet-api',
  externalId: 'acme-4f1c9d',
  sessionName: 'fleet-api-acme',
};

/** What EKS says of it, as the simulator is told. */
export const eksClusterBody = {
  version: '1.36',
  endpoint: 'https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com',
  certificateAuthority: Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64'),
};
