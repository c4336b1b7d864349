import { ECRClient } from '@aws-sdk/client-ecr';
import { accountOf } from '../../sandbox/simulators/aws-world.ts';
import { createEcrRegistry } from '../../src/adapters/ecr-registry.ts';
import { provider, startAwsSimulators, trustPolicy } from '../support/aws-simulators.ts';
import { ecrTarget as target } from '../support/ecr-target.ts';
import {
  ecrPagesContract,
  ecrPrincipalsContract,
  ecrRegistryContract,
  ecrRightsContract,
} from './ecr-registry.contract.ts';
import { ecrOwner } from './ecr-registry-owner.ts';
import type { GovernedEcrWorld } from './ecr-registry-world.ts';

const owner = { accessKeyId: 'AKIAOWNER00000000000', secretAccessKey: 'owner-secret' };

async function makeSimulatedWorld(): Promise<GovernedEcrWorld> {
  const aws = await startAwsSimulators();
  const { accessKeyId, secretAccessKey, arn } = provider;
  const client = new ECRClient({ region: target.region, endpoint: aws.url, credentials: owner });
  const world: GovernedEcrWorld = {
    target,
    access: () =>
      createEcrRegistry({
        credentials: { accessKeyId, secretAccessKey },
        stsEndpoint: aws.url,
        ecrEndpoint: aws.url,
      }),
    ...ecrOwner(client),
    changeRole: ({ trusts = arn, statements }) =>
      aws.put('roles/111122223333/fleet-api', {
        trustPolicy: trustPolicy(target.externalId, trusts),
        ...(statements && { policy: { Version: '2012-10-17', Statement: statements } }),
      }),
    async makeRole(accountId, name) {
      await aws.put(`roles/${accountId}/${name}`, { trustPolicy: trustPolicy('theirs') });
      return `arn:aws:iam::${accountId}:role/${name}`;
    },
    async deleteRole(roleArn) {
      await aws.delete(`roles/${accountOf(roleArn)}/${roleArn.slice(roleArn.indexOf('/') + 1)}`);
    },
    disturb: (action, how) =>
      aws.put('faults', [
        how === 'throttled'
          ? { action, error: { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' } }
          : { action, when: 'after', error: 'reset' },
      ]),
    async close() {
      client.destroy();
      await aws.stop();
    },
  };
  await aws.put(`principals/${accessKeyId}`, { secretAccessKey, arn });
  const ownerArn = `arn:aws:iam::${target.accountId}:user/owner`;
  await aws.put(`principals/${owner.accessKeyId}`, { secretAccessKey: owner.secretAccessKey, arn: ownerArn });
  await world.changeRole({});
  return world;
}

ecrRegistryContract('simulators', makeSimulatedWorld);
ecrPagesContract('simulators', makeSimulatedWorld);
ecrPrincipalsContract('simulators', makeSimulatedWorld);
ecrRightsContract('simulators', makeSimulatedWorld);
