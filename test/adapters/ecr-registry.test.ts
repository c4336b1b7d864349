import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { awsAttempts } from '../../src/adapters/aws-attempts.ts';
import { createEcrRegistry } from '../../src/adapters/ecr-registry.ts';
import type { EcrRegistryOptions } from '../../src/adapters/ecr-registry.ts';
import type { EcrRegistryAccess } from '../../src/ports/ecr-registry.ts';
import { provider, startAwsSimulators, trustPolicy } from '../support/aws-simulators.ts';
import type { AwsSimulators } from '../support/aws-simulators.ts';
import { ecrTarget as target } from '../support/ecr-target.ts';
import { failureOf } from '../support/failures.ts';
import { startScriptedServer } from '../support/scripted-server.ts';
import type { ScriptedReply, ScriptedServer } from '../support/scripted-server.ts';

const repository = 'team/app';
const text = '{"Version":"2008-10-17","Statement":[]}';

let aws: AwsSimulators;
let ecr: ScriptedServer;
let replies: ScriptedReply[];
let registry: EcrRegistryAccess;

beforeEach(async () => {
  aws = await startAwsSimulators();
  await aws.put(`principals/${provider.accessKeyId}`, { secretAccessKey: provider.secretAccessKey, arn: provider.arn });
  await aws.put('roles/111122223333/fleet-api', { trustPolicy: trustPolicy(target.externalId) });
  replies = [];
  ecr = await startScriptedServer(() => replies.shift() ?? { body: { policyText: text } });
  registry = makeRegistry();
});

afterEach(async () => {
  await ecr.close();
  await aws.stop();
});

function makeRegistry(options: EcrRegistryOptions = {}): EcrRegistryAccess {
  const { accessKeyId, secretAccessKey } = provider;
  return createEcrRegistry({
    credentials: { accessKeyId, secretAccessKey },
    stsEndpoint: aws.url,
    ecrEndpoint: ecr.url,
    ...options,
  });
}

function signal(): AbortSignal {
  return AbortSignal.timeout(20_000);
}

function refusal(code: string, message = 'because', status = 400): ScriptedReply {
  return { status, body: { __type: code, message } };
}

function sessionsBegun(): number {
  return aws.world.trail.filter(({ action }) => action === 'sts:AssumeRole').length;
}

describe('calls', () => {
  const named = { registryId: '111122223333', repositoryName: repository };

  it.each([
    [
      'DescribeRepositories',
      { registryId: '111122223333' },
      () => registry.listRepositories(target, undefined, signal()),
    ],
    [
      'DescribeRepositories',
      { registryId: '111122223333', nextToken: 'more' },
      () => registry.listRepositories(target, 'more', signal()),
    ],
    ['GetRepositoryPolicy', named, () => registry.readPolicy(target, repository, signal())],
    [
      'SetRepositoryPolicy',
      { ...named, policyText: text },
      () => registry.writePolicy(target, { repository, text }, signal()),
    ],
    ['DeleteRepositoryPolicy', named, () => registry.deletePolicy(target, repository, signal())],
  ] as const)("%s names the customer's registry: %o", async (action, body, call) => {
    await call();

    expect(ecr.requests).toMatchObject([
      { headers: { 'x-amz-target': expect.stringMatching(new RegExp(`\\.${action}$`)) } },
    ]);
    expect(ecr.requests[0]?.body).toEqual(body);
  });

  it('reads name, ARN and key of each repository, and where the next page begins', async () => {
    const arn = 'arn:aws:ecr:eu-west-1:111122223333:repository/';
    const kmsKey = 'arn:aws:kms:eu-west-1:111122223333:key/1234';
    const plain = {
      repositoryName: 'plain',
      repositoryArn: `${arn}plain`,
      encryptionConfiguration: { encryptionType: 'AES256' },
    };
    const locked = {
      repositoryName: 'locked',
      repositoryArn: `${arn}locked`,
      encryptionConfiguration: { encryptionType: 'KMS', kmsKey },
    };
    replies = [{ body: { repositories: [plain, locked], nextToken: 'more' } }];

    expect(await registry.listRepositories(target, undefined, signal())).toEqual({
      kind: 'listed',
      repositories: [
        { name: 'plain', arn: `${arn}plain`, kmsKeyArn: undefined },
        { name: 'locked', arn: `${arn}locked`, kmsKeyArn: kmsKey },
      ],
      next: 'more',
    });
  });

  it('never takes an answer without a text for a repository without a policy', async () => {
    replies = [{ body: {} }];

    const error = await failureOf(registry.readPolicy(target, repository, signal()));

    expect(error).toMatchObject({ system: 'ecr', failure: 'protocol', retryable: false });
  });

  it("shortens ECR's words on a policy", async () => {
    replies = [refusal('InvalidParameterException', `Principal not found ${'x'.repeat(1000)}`)];

    const written = await registry.writePolicy(target, { repository, text }, signal());

    expect(written).toMatchObject({
      kind: 'policy-refused',
      detail: expect.stringMatching(/^Principal not found x+$/),
    });
    expect(written).toHaveProperty('detail.length', 400);
  });

  it.each([
    ['reading', () => registry.readPolicy(target, repository, signal())],
    ['deleting', () => registry.deletePolicy(target, repository, signal())],
    ['listing', () => registry.listRepositories(target, 'no token', signal())],
  ])('takes an invalid parameter for a fault of ours when %s', async (_, call) => {
    replies = [refusal('InvalidParameterException', "Invalid parameter at 'repositoryName'")];

    expect(await failureOf(call())).toMatchObject({ system: 'ecr', failure: 'rejected', retryable: false });
  });
});

describe('failures', () => {
  it.each([
    ['throttled', refusal('ThrottlingException', 'Rate exceeded')],
    ['server-error', refusal('ServerException', 'try again', 500)],
    ['server-error', { status: 503, body: '' }],
    ['timeout', 'cut'],
  ] as const)('are %s and may pass, after bounded tries', async (failure, reply) => {
    replies = Array.from({ length: 10 }, () => reply);

    const error = await failureOf(registry.writePolicy(target, { repository, text }, signal()));

    expect(error).toMatchObject({ system: 'ecr', failure, retryable: true });
    expect(error.attempted).toBe('ecr:SetRepositoryPolicy on team/app in 111122223333/eu-west-1');
    expect(ecr.requests).toHaveLength(awsAttempts);
  });

  it('are unreachable when nothing listens', async () => {
    const nowhere = makeRegistry({ ecrEndpoint: 'http://127.0.0.1:1' });

    const error = await failureOf(nowhere.readPolicy(target, repository, signal()));

    expect(error).toMatchObject({ system: 'ecr', failure: 'unreachable', retryable: true });
  });

  it('end with a timeout as soon as the caller gives up', async () => {
    replies = ['hang'];
    const caller = new AbortController();
    const call = failureOf(registry.readPolicy(target, repository, caller.signal));
    await expect.poll(() => ecr.requests.length).toBe(1);

    caller.abort();

    expect(await call).toMatchObject({ system: 'ecr', failure: 'timeout', retryable: true });
  });

  it('hold neither the session nor the document', async () => {
    await registry.readPolicy(target, repository, signal());
    const sessionToken = ecr.requests[0]?.headers['x-amz-security-token'];
    const words = `The Canonical String should have been 'x-amz-security-token:${String(sessionToken)}'`;
    replies = [1, 2].map(() => refusal('InvalidSignatureException', words));

    const error = await failureOf(registry.writePolicy(target, { repository, text }, signal()));

    expect(sessionToken).toEqual(expect.any(String));
    expect(error).toMatchObject({ failure: 'unauthenticated', answer: 'InvalidSignatureException', retryable: false });
    const all = inspect(error, { depth: Infinity, showHidden: true });
    for (const secret of [String(sessionToken), provider.secretAccessKey, '2008-10-17']) {
      expect(all).not.toContain(secret);
    }
  });
});

describe('sessions', () => {
  it('are narrowed to the policies of the one registry', async () => {
    await registry.readPolicy(target, repository, signal());

    const [session] = aws.world.sessions.values();
    expect(session?.sessionName).toBe(target.sessionName);
    expect(session?.sessionPolicy?.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: [
          'ecr:DescribeRepositories',
          'ecr:GetRepositoryPolicy',
          'ecr:SetRepositoryPolicy',
          'ecr:DeleteRepositoryPolicy',
        ],
        Resource: ['arn:aws:ecr:eu-west-1:111122223333:repository/*'],
      },
    ]);
  });

  it('serve all repositories of a registry, and all calls', async () => {
    await registry.readPolicy(target, repository, signal());
    await registry.writePolicy(target, { repository: 'other', text }, signal());

    expect(sessionsBegun()).toBe(1);
  });

  it.each([
    ['region', { region: 'us-east-1' }],
    ['account', { accountId: '444455556666' }],
    ['name', { sessionName: 'fleet-api-globex' }],
  ])('are never shared with another %s', async (_, change) => {
    await registry.readPolicy(target, repository, signal());
    await registry.readPolicy({ ...target, ...change }, repository, signal());

    expect(sessionsBegun()).toBe(2);
  });

  it.each(['UnrecognizedClientException', 'ExpiredTokenException'])(
    'are replaced once, and the call made again, when ECR answers %s',
    async (code) => {
      await registry.readPolicy(target, repository, signal());
      replies = [refusal(code)];

      expect(await registry.readPolicy(target, repository, signal())).toEqual({ kind: 'read', text });
      expect(sessionsBegun()).toBe(2);

      replies = [refusal(code), refusal(code)];
      expect(await failureOf(registry.readPolicy(target, repository, signal()))).toMatchObject({
        failure: 'unauthenticated',
      });
      expect(sessionsBegun()).toBe(3);
    },
  );
});
