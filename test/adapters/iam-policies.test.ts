import { afterEach, beforeEach, expect, it } from 'vitest';
import { iamSession } from '../../src/adapters/iam-session.ts';
import { createIamPolicies } from '../../src/adapters/iam-policies.ts';
import { provider, startAwsSimulators, trustPolicy } from '../support/aws-simulators.ts';
import type { AwsSimulators } from '../support/aws-simulators.ts';
import { ecrTarget } from '../support/ecr-target.ts';
import { failureOf } from '../support/failures.ts';

const target = { ...ecrTarget, roleName: 'deployer' };

let aws: AwsSimulators;

beforeEach(async () => {
  aws = await startAwsSimulators();
  const { accessKeyId, secretAccessKey, arn } = provider;
  await aws.put(`principals/${accessKeyId}`, { secretAccessKey, arn });
  await aws.put('roles/111122223333/fleet-api', { trustPolicy: trustPolicy(target.externalId) });
  await aws.put('roles/111122223333/deployer', { trustPolicy: trustPolicy('theirs') });
});

afterEach(() => aws.stop());

function read() {
  const { accessKeyId, secretAccessKey } = provider;
  const credentials = { accessKeyId, secretAccessKey };
  const policies = createIamPolicies({ credentials, stsEndpoint: aws.url, iamEndpoint: aws.url });
  return policies.readRolePolicies(target, AbortSignal.timeout(20_000));
}

it('begins one session, which can read that role and nothing else', async () => {
  await read();

  const [begun, ...others] = [...aws.world.sessions.values()];
  expect(others).toEqual([]);
  const arn = 'arn:aws:iam::111122223333:';
  expect(begun?.sessionPolicy?.Statement).toMatchObject([
    {
      Action: expect.not.arrayContaining(['iam:GetPolicy']),
      Resource: [`${arn}role/deployer`, `${arn}role/*/deployer`],
    },
    { Action: ['iam:GetPolicy', 'iam:GetPolicyVersion'], Resource: [`${arn}policy/*`, 'arn:aws:iam::aws:policy/*'] },
  ]);
});

it('stays in its partition, and below what STS takes', () => {
  const roleName = 'r'.repeat(64);
  const { policy } = iamSession({ ...target, roleName, roleArn: 'arn:aws-cn:iam::111122223333:role/fleet-api' });

  expect(policy.length).toBeLessThan(2048);
  expect(policy).not.toContain('arn:aws:');
});

it('fails where a policy goes while it is read', async () => {
  const attachedPolicies = ['arn:aws:iam::111122223333:policy/gone'];
  await aws.put('roles/111122223333/deployer', { trustPolicy: trustPolicy('theirs'), attachedPolicies });

  expect(await failureOf(read())).toMatchObject({ system: 'iam', failure: 'protocol', attempted: 'iam:GetPolicy' });
});

it('says that IAM is throttled, where that does not end', async () => {
  await aws.put('faults', [{ action: 'iam:GetRole', times: 99, error: { status: 400, code: 'Throttling' } }]);

  expect(await failureOf(read())).toMatchObject({ system: 'iam', failure: 'throttled' });
});
