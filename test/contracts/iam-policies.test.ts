import { createIamPolicies } from '../../src/adapters/iam-policies.ts';
import { provider, startAwsSimulators, trustPolicy } from '../support/aws-simulators.ts';
import { ecrTarget } from '../support/ecr-target.ts';
import { iamPoliciesContract, iamRightsContract } from './iam-policies.contract.ts';
import type { GovernedIamWorld } from './iam-policies-world.ts';

const target = { ...ecrTarget, roleName: 'deployer' };
const { accessKeyId, secretAccessKey, arn } = provider;

async function makeSimulatedWorld(): Promise<GovernedIamWorld> {
  const aws = await startAwsSimulators();
  const putPolicy = async (name: string, policy: object) => {
    const policyArn = `arn:aws:iam::${target.accountId}:policy/${name}`;
    await aws.put('policies', { arn: policyArn, policy });
    return policyArn;
  };
  const world: GovernedIamWorld = {
    target,
    access: () =>
      createIamPolicies({
        ...{ credentials: { accessKeyId, secretAccessKey }, stsEndpoint: aws.url, iamEndpoint: aws.url },
      }),
    async makeRole({ path, policy, attached = {}, boundary }) {
      const attachedPolicies: string[] = [];
      for (const [name, document] of Object.entries(attached)) attachedPolicies.push(await putPolicy(name, document));
      await aws.put(`roles/${target.accountId}/${target.roleName}`, {
        ...{ trustPolicy: trustPolicy('theirs'), policy, attachedPolicies },
        ...(path !== undefined && { path }),
        ...(boundary && { permissionsBoundary: await putPolicy('boundary', boundary) }),
      });
    },
    changeRole: ({ trusts = arn, statements }) =>
      aws.put(`roles/${target.accountId}/fleet-api`, {
        trustPolicy: trustPolicy(target.externalId, trusts),
        ...(statements && { policy: { Version: '2012-10-17', Statement: statements } }),
      }),
    disturb: (action, how) =>
      aws.put('faults', [
        how === 'throttled'
          ? { action, error: { status: 400, code: 'Throttling', message: 'Rate exceeded' } }
          : { action, when: 'after', error: 'reset' },
      ]),
    close: () => aws.stop(),
  };
  await aws.put(`principals/${accessKeyId}`, { secretAccessKey, arn });
  await world.changeRole({});
  return world;
}

iamPoliciesContract('simulators', makeSimulatedWorld);
iamRightsContract('simulators', makeSimulatedWorld);
