import { createEksAccess } from '../../src/adapters/eks-access.ts';
import type { EksTarget } from '../../src/ports/eks-access.ts';
import { provider, startAwsSimulators, trustPolicy } from '../support/aws-simulators.ts';
import { eksAccessContract, eksEntriesContract, eksRightsContract } from './eks-access.contract.ts';
import type { GovernedEksWorld } from './eks-access-world.ts';

const target: EksTarget = {
  accountId: '111122223333',
  region: 'eu-west-1',
  eksName: 'production',
  roleArn: 'arn:aws:iam::111122223333:role/fleet-api',
  externalId: 'acme-4f1c9d',
  sessionName: 'fleet-api-acme',
};

const clusterBody = {
  version: '1.36',
  endpoint: 'https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com',
  certificateAuthority: Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64'),
};

async function makeSimulatedWorld(): Promise<GovernedEksWorld> {
  const aws = await startAwsSimulators();
  const { accessKeyId, secretAccessKey, arn } = provider;
  const pathOf = (eksName: string) => `clusters/${target.accountId}/${target.region}/${eksName}`;
  const arnOf = (eksName: string) => `arn:aws:eks:${target.region}:${target.accountId}:cluster/${eksName}`;
  const world: GovernedEksWorld = {
    target,
    access: () =>
      createEksAccess({
        credentials: { accessKeyId, secretAccessKey },
        stsEndpoint: aws.url,
        eksEndpoint: aws.url,
        propagationPauseMs: 1,
      }),
    makeCluster: (eksName) => aws.put(pathOf(eksName), clusterBody),
    async deleteCluster(eksName) {
      aws.world.clusters.delete(arnOf(eksName));
    },
    changeRole: ({ trusts = arn, statements }) =>
      aws.put('roles/111122223333/fleet-api', {
        trustPolicy: trustPolicy(target.externalId, trusts),
        ...(statements && { policy: { Version: '2012-10-17', Statement: statements } }),
      }),
    changeCluster: (change) => aws.patch(pathOf(target.eksName), change),
    setEntries: (entries) => aws.put(`${pathOf(target.eksName)}/access-entries`, entries),
    entries: () => [...(aws.world.clusters.get(arnOf(target.eksName))?.accessEntries.values() ?? [])],
    close: () => aws.stop(),
  };
  await aws.put(`principals/${accessKeyId}`, { secretAccessKey, arn });
  await aws.put('roles/111122223333/their-own', { trustPolicy: trustPolicy('theirs') });
  await world.changeRole({});
  await world.makeCluster(target.eksName);
  return world;
}

eksAccessContract('simulators', makeSimulatedWorld);
eksRightsContract('simulators', makeSimulatedWorld);
eksEntriesContract('simulators', makeSimulatedWorld);
