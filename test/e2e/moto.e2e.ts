/**
 * The contracts of EKS access, of ECR registries and of IAM (as far as moto knows them) and of the App key against moto, which
 * shares no code with us.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ECRClient } from '@aws-sdk/client-ecr';
import { CreateClusterCommand, DeleteClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll } from 'vitest';
import { createAppKeySecret } from '../../src/adapters/app-key-secret.ts';
import { createEcrRegistry } from '../../src/adapters/ecr-registry.ts';
import { createEksAccess } from '../../src/adapters/eks-access.ts';
import { createIamPolicies } from '../../src/adapters/iam-policies.ts';
import { appKeyContract, type AppKeyWorld } from '../contracts/app-key.contract.ts';
import { ecrRegistryContract } from '../contracts/ecr-registry.contract.ts';
import { ecrOwner } from '../contracts/ecr-registry-owner.ts';
import type { EcrWorld } from '../contracts/ecr-registry-world.ts';
import { eksAccessContract } from '../contracts/eks-access.contract.ts';
import type { EksWorld } from '../contracts/eks-access-world.ts';
import { iamPoliciesContract } from '../contracts/iam-policies.contract.ts';
import type { IamWorld } from '../contracts/iam-policies-world.ts';
import { type Moto, startMoto } from '../rig/parts/moto.ts';

const region = 'eu-west-1';
const credentials = { accessKeyId: 'AKIAPROVIDER00000000', secretAccessKey: 'provider-secret' };

let directory = '';
let moto: Moto | undefined;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'moto-'));
  moto = await startMoto({ directory, progress: (line) => console.log(line) });
});

afterAll(async () => {
  await moto?.stop();
  await rm(directory, { recursive: true, force: true });
});

function settings() {
  return { region, endpoint: moto?.url ?? '', credentials };
}

/** For an owner's clients in the account: moto goes by the account of the role that a session is for. */
async function ownerOf(accountId: string) {
  const sts = new STSClient(settings());
  const role = { RoleArn: `arn:aws:iam::${accountId}:role/owner`, RoleSessionName: 'owner' };
  const { Credentials: issued } = await sts.send(new AssumeRoleCommand(role));
  sts.destroy();
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = issued ?? {};
  const sessionToken = issued?.SessionToken ?? '';
  return { ...settings(), credentials: { accessKeyId, secretAccessKey, sessionToken } };
}

/** An account of its own for each test, and our way into it. */
function newAccount() {
  const accountId = String(randomInt(100_000_000_000, 999_999_999_999));
  const roleArn = `arn:aws:iam::${accountId}:role/fleet-api`;
  return { accountId, region, roleArn, externalId: 'acme-4f1c9d', sessionName: 'fleet-api-acme' };
}

async function makeMotoClusters(): Promise<EksWorld> {
  const target = { ...newAccount(), eksName: 'production' };
  const owner = new EKSClient(await ownerOf(target.accountId));
  const { endpoint } = settings();
  const world: EksWorld = {
    target,
    access: () => createEksAccess({ credentials, stsEndpoint: endpoint, eksEndpoint: endpoint }),
    async makeCluster(name) {
      const roleArn = `arn:aws:iam::${target.accountId}:role/eks`;
      const resourcesVpcConfig = { subnetIds: ['subnet-a', 'subnet-b'], endpointPublicAccess: true };
      await owner.send(new CreateClusterCommand({ name, roleArn, resourcesVpcConfig, version: '1.36' }));
    },
    async deleteCluster(name) {
      await owner.send(new DeleteClusterCommand({ name }));
    },
    async close() {
      owner.destroy();
    },
  };
  await world.makeCluster(world.target.eksName);
  return world;
}

async function makeMotoRegistry(): Promise<EcrWorld> {
  const target = newAccount();
  const owner = new ECRClient(await ownerOf(target.accountId));
  const { endpoint } = settings();
  return {
    ...ecrOwner(owner),
    target,
    access: () => createEcrRegistry({ credentials, stsEndpoint: endpoint, ecrEndpoint: endpoint }),
    async close() {
      owner.destroy();
    },
  };
}

async function makeMotoRoles(): Promise<IamWorld> {
  const target = { ...newAccount(), roleName: 'deployer' };
  const owner = new IAMClient(await ownerOf(target.accountId));
  const { endpoint } = settings();
  const makePolicy = async (PolicyName: string, document: object): Promise<string> => {
    const command = new CreatePolicyCommand({ PolicyName, PolicyDocument: JSON.stringify(document) });
    return (await owner.send(command)).Policy?.Arn ?? '';
  };
  return {
    target,
    access: () => createIamPolicies({ credentials, stsEndpoint: endpoint, iamEndpoint: endpoint }),
    async makeRole({ path, policy, attached = {}, boundary }) {
      const RoleName = target.roleName;
      const trust = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
      await owner.send(
        new CreateRoleCommand({
          ...{ RoleName, Path: path },
          AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
          ...(boundary && { PermissionsBoundary: await makePolicy('boundary', boundary) }),
        }),
      );
      const PolicyDocument = JSON.stringify(policy);
      await owner.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument }));
      for (const [name, document] of Object.entries(attached)) {
        await owner.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: await makePolicy(name, document) }));
      }
    },
    async close() {
      owner.destroy();
    },
  };
}

/** A secret begins without a value, which Secrets Manager tells as it tells a secret that is not there. */
async function makeMotoSecret(inSecret: (key: string) => string): Promise<AppKeyWorld> {
  const client = new SecretsManagerClient(settings());
  const { ARN: secretArn = '' } = await client.send(new CreateSecretCommand({ Name: `fleet/${randomUUID()}` }));
  let isEmpty = true;
  return {
    async keep(text) {
      if (text === undefined && isEmpty) return;
      if (text === undefined) throw new Error('a secret that has had a value cannot be without one again');
      isEmpty = false;
      await client.send(new PutSecretValueCommand({ SecretId: secretArn, SecretString: inSecret(text) }));
    },
    appKey: () => createAppKeySecret({ ...settings(), secretArn, now: () => new Date() }),
    async close() {
      client.destroy();
    },
  };
}

eksAccessContract('moto', makeMotoClusters);
ecrRegistryContract('moto', makeMotoRegistry);
iamPoliciesContract('moto', makeMotoRoles);
appKeyContract("moto's Secrets Manager", () => makeMotoSecret((key) => key));
appKeyContract("moto's Secrets Manager, as JSON", () =>
  makeMotoSecret((key) => JSON.stringify({ appId: 77, privateKey: key })),
);
