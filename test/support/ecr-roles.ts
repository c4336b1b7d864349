/** Roles in another account of the customer that a grant is for, and what they can really do. */
import {
  BatchGetImageCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  GetDownloadUrlForLayerCommand,
} from '@aws-sdk/client-ecr';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { EcrGrantSpec } from '../../src/ecr-access/ecr-grant.ts';
import { provider, trustPolicy } from './aws-simulators.ts';
import type { AwsSimulators } from './aws-simulators.ts';
import { type EcrFleet, registry, stagingAccount, stagingPull } from './ecr-fleet.ts';

export const deployerPull: EcrGrantSpec = {
  ...stagingPull,
  repositories: { names: ['api'] },
  principal: { type: 'role', accountId: stagingAccount, roleName: 'ci/deployer' },
};

export const apiArn = `arn:aws:ecr:${registry.region}:${registry.accountId}:repository/api`;

/** A policy of the given statements. */
export function policy(...statements: readonly object[]): { Version: string; Statement: readonly object[] } {
  return { Version: '2012-10-17', Statement: statements };
}

export const token = { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' };
export const pull = {
  Effect: 'Allow',
  Action: ['ecr:Batch*', 'ecr:Get*', 'ecr:Describe*', 'ecr:List*'],
  Resource: apiArn,
};
export const pullPolicy = policy(token, pull);

/** The staging account, registered, with a role of ours that may do all unless a policy is given. */
export async function enterStaging({ fleet, aws }: EcrFleet, ourPolicy?: object): Promise<void> {
  const answer = await fleet.call('PUT', `/v1/customers/acme/accounts/${stagingAccount}`, {
    body: { alias: 'staging' },
  });
  const { status } = (await answer.json()) as { status: { externalId: string } };
  const role = { trustPolicy: trustPolicy(status.externalId), ...(ourPolicy && { policy: ourPolicy }) };
  await aws.put(`roles/${stagingAccount}/fleet-api`, role);
}

/** The role that the grant is for; the provider may assume it, so that a test can. */
export function putDeployer({ aws }: Pick<EcrFleet, 'aws'>, body: object = { policy: pullPolicy }): Promise<void> {
  return aws.put(`roles/${stagingAccount}/deployer`, { path: '/ci/', trustPolicy: trustPolicy('test'), ...body });
}

/** Pulls as the role would: true if ECR lets it. */
export async function canPull({ aws }: { readonly aws: AwsSimulators }): Promise<boolean> {
  const credentials = await deployerSession(aws);
  const client = new ECRClient({ region: registry.region, endpoint: aws.url, credentials, maxAttempts: 1 });
  const address = { registryId: registry.accountId, repositoryName: 'api' };
  try {
    await client.send(new GetAuthorizationTokenCommand());
    const found = await client.send(new BatchGetImageCommand({ ...address, imageIds: [{ imageTag: 'v1' }] }));
    const manifest = JSON.parse(found.images?.[0]?.imageManifest ?? '{}') as { layers?: { digest: string }[] };
    const layerDigest = manifest.layers?.[0]?.digest;
    await client.send(new GetDownloadUrlForLayerCommand({ ...address, layerDigest }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'AccessDeniedException') return false;
    throw error;
  } finally {
    client.destroy();
  }
}

async function deployerSession(aws: AwsSimulators) {
  const sts = new STSClient({ region: registry.region, endpoint: aws.url, credentials: provider, maxAttempts: 1 });
  const RoleArn = `arn:aws:iam::${stagingAccount}:role/ci/deployer`;
  const assume = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test', ExternalId: 'test' });
  const { Credentials: issued } = await sts.send(assume);
  sts.destroy();
  const {
    AccessKeyId: accessKeyId = '',
    SecretAccessKey: secretAccessKey = '',
    SessionToken: sessionToken,
  } = issued ?? {};
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}
