import { ECRClient } from '@aws-sdk/client-ecr';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { provider, startAwsSimulators, trustPolicy } from '../../support/aws-simulators.ts';
import type { AwsSimulators } from '../../support/aws-simulators.ts';

/** Whose registry it is, and somebody else. */
export const account = '111122223333';
export const neighbour = '444455556666';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export const owner: Keys = { accessKeyId: 'AKIAOWNER00000000000', secretAccessKey: 'owner-secret' };
export const stranger: Keys = { accessKeyId: 'AKIASTRANGER00000000', secretAccessKey: 'stranger-secret' };

export interface EcrSimulator extends AwsSimulators {
  client(credentials: Keys, region?: string): ECRClient;
  /** Everything is allowed to a user unless a policy is given. */
  putUser(keys: Keys, arn: string, policy?: object): Promise<void>;
  putRole(accountId: string, name: string, body: object): Promise<{ readonly roleId: string | undefined }>;
  deleteRole(accountId: string, name: string): Promise<void>;
  /** A session `build` of a role without a path. */
  assume(accountId: string, name: string): Promise<Keys>;
  passTime(seconds: number): void;
}

/** A user of the registry's account and one of the neighbour's, who both may do everything as far as their own accounts go. */
export async function startEcr(): Promise<EcrSimulator> {
  // The SDK signs by the process's clock.
  const start = new Date();
  let passed = 0;
  const aws = await startAwsSimulators({ now: () => new Date(start.getTime() + passed * 1000) });
  const simulator: EcrSimulator = {
    ...aws,
    client: (credentials, region = 'eu-west-1') =>
      new ECRClient({ region, endpoint: aws.url, credentials, maxAttempts: 1 }),
    putUser: ({ accessKeyId, secretAccessKey }, arn, policy) =>
      aws.put(`principals/${accessKeyId}`, { secretAccessKey, arn, ...(policy && { policy }) }),
    async putRole(accountId, name, body) {
      await aws.put(`roles/${accountId}/${name}`, { trustPolicy: trustPolicy('acme-1'), ...body });
      return { roleId: [...aws.world.roles.values()].find(({ arn }) => arn.endsWith(`/${name}`))?.roleId };
    },
    deleteRole: (accountId, name) => aws.delete(`roles/${accountId}/${name}`),
    async assume(accountId, name) {
      const client = new STSClient({ region: 'eu-west-1', endpoint: aws.url, credentials: provider, maxAttempts: 1 });
      const role = { RoleArn: `arn:aws:iam::${accountId}:role/${name}`, RoleSessionName: 'build' };
      const { Credentials } = await client.send(new AssumeRoleCommand({ ...role, ExternalId: 'acme-1' }));
      const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
      return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    },
    passTime: (seconds) => void (passed += seconds),
  };
  await simulator.putUser(owner, `arn:aws:iam::${account}:user/owner`);
  await simulator.putUser(provider, provider.arn);
  await simulator.putUser(stranger, `arn:aws:iam::${neighbour}:user/stranger`);
  return simulator;
}

/** Lets the neighbour pull. */
export function statement(changes: object = {}): object {
  const Action = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
  return { Effect: 'Allow', Principal: { AWS: neighbour }, Action, ...changes };
}
