import { createEksAccess } from '../../src/adapters/eks-access.ts';
import { provider, startAwsSimulators, trustPolicy } from '../support/aws-simulators.ts';
import { eksClusterBody, eksTarget as target } from '../support/eks-target.ts';
import { eksAccessContract, eksEntriesContract, eksRightsContract } from './eks-access.contract.ts';
import type { GovernedEksWorld } from './eks-access-world.ts';

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
    makeCluster: (eksName) => aws.put(pathOf(eksName), eksClusterBody),
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
