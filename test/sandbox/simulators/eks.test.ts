import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DeleteAccessEntryCommand,
  DescribeAccessEntryCommand,
  DescribeClusterCommand,
  EKSClient,
  ListAccessEntriesCommand,
  ListAssociatedAccessPoliciesCommand,
} from '@aws-sdk/client-eks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Cluster } from '../../../sandbox/simulators/aws-world.ts';
import type { AwsSimulators } from '../../support/aws-simulators.ts';
import { startAwsSimulators, trustPolicy } from '../../support/aws-simulators.ts';

const account = '111122223333';
const owner = { accessKeyId: 'AKIAOWNER00000000000', secretAccessKey: 'owner-secret' };
const stranger = { accessKeyId: 'AKIASTRANGER00000000', secretAccessKey: 'stranger-secret' };
const clusterPath = `clusters/${account}/eu-west-1/production`;
const roleArn = `arn:aws:iam::${account}:role/fleet-api`;
const entry = { clusterName: 'production', principalArn: roleArn };
const adminPolicy = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';

let aws: AwsSimulators;

beforeEach(async () => {
  aws = await startAwsSimulators();
  const ownerArn = `arn:aws:iam::${account}:user/owner`;
  await aws.put(`principals/${owner.accessKeyId}`, { secretAccessKey: owner.secretAccessKey, arn: ownerArn });
  const strangerArn = 'arn:aws:iam::444455556666:user/stranger';
  await aws.put(`principals/${stranger.accessKeyId}`, { secretAccessKey: stranger.secretAccessKey, arn: strangerArn });
  await aws.put(`roles/${account}/fleet-api`, { trustPolicy: trustPolicy('acme-1') });
  await aws.put(clusterPath, { version: '1.36' });
});

afterEach(() => aws.stop());

function client(credentials = owner, region = 'eu-west-1'): EKSClient {
  return new EKSClient({ region, endpoint: aws.url, credentials, maxAttempts: 1 });
}

describe('clusters', () => {
  it('are seen by their own account and in their own region only', async () => {
    const describeCluster = new DescribeClusterCommand({ name: 'production' });

    const { cluster } = await client().send(describeCluster);
    expect(cluster).toMatchObject({ arn: `arn:aws:eks:eu-west-1:${account}:cluster/production`, status: 'ACTIVE' });
    for (const other of [client(stranger), client(owner, 'us-east-1')]) {
      await expect(other.send(describeCluster)).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
        message: 'No cluster found for name: production.',
      });
    }
  });

  it('are refused to a wrong secret, and to a policy that does not allow it', async () => {
    const describeCluster = new DescribeClusterCommand({ name: 'production' });
    await expect(client({ ...owner, secretAccessKey: 'x' }).send(describeCluster)).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      $metadata: { httpStatusCode: 403 },
    });

    const policy = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 'sts:*', Resource: '*' } };
    const { secretAccessKey } = owner;
    const arn = `arn:aws:iam::${account}:user/owner`;
    await aws.put(`principals/${owner.accessKeyId}`, { secretAccessKey, arn, policy });
    await expect(client().send(describeCluster)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('keep their access entries and their age when something about them is changed', async () => {
    await client().send(new CreateAccessEntryCommand(entry));
    const before = await client().send(new DescribeClusterCommand({ name: 'production' }));

    await aws.patch(clusterPath, { version: '1.32', endpoint: 'https://127.0.0.1:1' });

    const { cluster } = await client().send(new DescribeClusterCommand({ name: 'production' }));
    expect(cluster).toMatchObject({ version: '1.32', endpoint: 'https://127.0.0.1:1', status: 'ACTIVE' });
    expect(cluster?.createdAt).toEqual(before.cluster?.createdAt);
    expect((await client().send(new ListAccessEntriesCommand(entry))).accessEntries).toEqual([roleArn]);
  });
});

describe('access entries', () => {
  it('are made once, described, listed and deleted', async () => {
    const made = await client().send(new CreateAccessEntryCommand(entry));
    expect(made.accessEntry).toMatchObject({
      principalArn: roleArn,
      type: 'STANDARD',
      username: `arn:aws:sts::${account}:assumed-role/fleet-api/{{SessionName}}`,
    });
    await expect(client().send(new CreateAccessEntryCommand(entry))).rejects.toMatchObject({
      name: 'ResourceInUseException',
    });
    const described = await client().send(new DescribeAccessEntryCommand(entry));
    expect(described.accessEntry).toEqual(made.accessEntry);

    await client().send(new DeleteAccessEntryCommand(entry));

    await expect(client().send(new DescribeAccessEntryCommand(entry))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it.each([
    ['a role that does not exist', { principalArn: `arn:aws:iam::${account}:role/gone` }],
    ['a session', { principalArn: `arn:aws:sts::${account}:assumed-role/fleet-api/x` }],
    ["a group of Kubernetes' own", { kubernetesGroups: ['system:masters'] }],
  ])('are refused for %s', async (_, change) => {
    await expect(client().send(new CreateAccessEntryCommand({ ...entry, ...change }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  it('are unknown to a cluster in mode CONFIG_MAP', async () => {
    await aws.patch(clusterPath, { authenticationMode: 'CONFIG_MAP' });

    await expect(client().send(new CreateAccessEntryCommand(entry))).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
  });

  it('take a policy once; the same again changes its scope', async () => {
    await client().send(new CreateAccessEntryCommand(entry));
    const associate = (accessScope: { type: 'cluster' | 'namespace'; namespaces?: string[] }) =>
      client().send(new AssociateAccessPolicyCommand({ ...entry, policyArn: adminPolicy, accessScope }));

    await associate({ type: 'namespace', namespaces: ['apps'] });
    await associate({ type: 'cluster' });

    const { associatedAccessPolicies } = await client().send(new ListAssociatedAccessPoliciesCommand(entry));
    expect(associatedAccessPolicies).toMatchObject([{ policyArn: adminPolicy, accessScope: { type: 'cluster' } }]);
  });

  it('refuse a policy that EKS does not have, and one for an entry that is not there', async () => {
    const input = { ...entry, policyArn: adminPolicy, accessScope: { type: 'cluster' } } as const;
    await expect(client().send(new AssociateAccessPolicyCommand(input))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });

    await client().send(new CreateAccessEntryCommand(entry));
    const unknown = new AssociateAccessPolicyCommand({ ...input, policyArn: adminPolicy.replace('Admin', 'Root') });
    await expect(client().send(unknown)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('are told to the rig before the change is answered', async () => {
    const seen: Cluster[] = [];
    aws.world.onAccessEntriesChanged = (cluster) => void seen.push(cluster);

    await client().send(new CreateAccessEntryCommand(entry));
    expect(seen.map(({ accessEntries }) => accessEntries.size)).toEqual([1]);
    const input = { ...entry, policyArn: adminPolicy, accessScope: { type: 'cluster' } } as const;
    await client().send(new AssociateAccessPolicyCommand(input));
    expect(seen[1]?.accessEntries.get(roleArn)?.policies).toHaveLength(1);
    await client().send(new DeleteAccessEntryCommand(entry));
    expect(seen.map(({ accessEntries }) => accessEntries.size)).toEqual([1, 1, 0]);
  });
});
