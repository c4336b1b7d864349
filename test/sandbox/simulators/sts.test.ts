import { Sha256 } from '@aws-crypto/sha256-js';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { AssumeRoleCommandInput, Credentials } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createStsSimulator } from '../../../sandbox/simulators/sts/sts.ts';
import type { AwsSimulators } from '../../support/aws-simulators.ts';
import { provider, startAwsSimulators, trustPolicy } from '../../support/aws-simulators.ts';

const roleArn = 'arn:aws:iam::111122223333:role/fleet-api';
const rolePath = 'roles/111122223333/fleet-api';

let aws: AwsSimulators;

beforeEach(async () => {
  aws = await startAwsSimulators();
  await aws.put(`principals/${provider.accessKeyId}`, { secretAccessKey: provider.secretAccessKey, arn: provider.arn });
  await aws.put(rolePath, { trustPolicy: trustPolicy('acme-1') });
});

afterEach(() => aws.stop());

function client(
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } = provider,
): STSClient {
  return new STSClient({ region: 'eu-west-1', endpoint: aws.url, credentials, maxAttempts: 1 });
}

async function assume(change: Partial<AssumeRoleCommandInput> = {}): Promise<Credentials> {
  const input = { RoleArn: roleArn, RoleSessionName: 'fleet-api', ExternalId: 'acme-1', ...change };
  const { Credentials: issued } = await client().send(new AssumeRoleCommand(input));
  expect(issued).toBeDefined();
  return issued as Credentials;
}

function clientWith(issued: Credentials): STSClient {
  const {
    AccessKeyId: accessKeyId = '',
    SecretAccessKey: secretAccessKey = '',
    SessionToken: sessionToken = '',
  } = issued;
  return client({ accessKeyId, secretAccessKey, sessionToken });
}

describe('AssumeRole', () => {
  it('issues credentials that are the role', async () => {
    const identity = await clientWith(await assume()).send(new GetCallerIdentityCommand());

    expect(identity).toMatchObject({
      Arn: 'arn:aws:sts::111122223333:assumed-role/fleet-api/fleet-api',
      Account: '111122223333',
      UserId: expect.stringMatching(/^AROA\w{16}:fleet-api$/),
    });
  });

  it('ends them after the asked time, an hour by default', async () => {
    const hour = await assume();
    const quarter = await assume({ DurationSeconds: 900 });

    expect(hour.Expiration?.getTime()).toBeCloseTo(Date.now() + 3_600_000, -4);
    expect(quarter.Expiration?.getTime()).toBeCloseTo(Date.now() + 900_000, -4);
  });

  it.each([
    ['without the ExternalId', { ExternalId: undefined }],
    ["with another's ExternalId", { ExternalId: 'globex-1' }],
    ['of a role that does not exist', { RoleArn: 'arn:aws:iam::111122223333:role/gone' }],
  ])('is denied %s', async (_, change) => {
    await expect(assume(change)).rejects.toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
  });

  it.each([
    ['a user', provider.arn],
    ['the whole account', 'arn:aws:iam::999988887777:root'],
    ['the account by its number', '999988887777'],
    ['everybody', '*'],
  ])('lets in whom the trust policy names as %s', async (_, principal) => {
    await aws.put(rolePath, { trustPolicy: trustPolicy('acme-1', principal) });

    expect((await assume()).AccessKeyId).toMatch(/^ASIA/);
  });

  it('is denied to whom the trust policy does not name', async () => {
    await aws.put(rolePath, { trustPolicy: trustPolicy('acme-1', 'arn:aws:iam::123412341234:root') });

    await expect(assume()).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it("is denied when the caller's own policy does not allow it", async () => {
    const policy = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 'eks:*', Resource: '*' } };
    const { secretAccessKey, arn } = provider;
    await aws.put(`principals/${provider.accessKeyId}`, { secretAccessKey, arn, policy });

    await expect(assume()).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it.each([
    ['a session name with a space', { RoleSessionName: 'fleet api' }, 'ValidationError'],
    ['a session policy of 2,049 characters', { Policy: ' '.repeat(2049) }, 'ValidationError'],
    ['a session policy that is none', { Policy: '{}' }, 'MalformedPolicyDocumentException'],
    ['less than 15 minutes', { DurationSeconds: 899 }, 'ValidationError'],
    ["more than the role's longest session", { DurationSeconds: 7200 }, 'ValidationError'],
  ])('refuses %s', async (_, change, name) => {
    await expect(assume(change)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  it('holds a chained session to one hour', async () => {
    const everyone = { ...trustPolicy('acme-1', '*') };
    await aws.put(rolePath, { trustPolicy: everyone, maxSessionSeconds: 43_200 });
    const chained = clientWith(await assume());
    const ask = (DurationSeconds: number) =>
      chained.send(
        new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'again', ExternalId: 'acme-1', DurationSeconds }),
      );

    await expect(ask(3601)).rejects.toMatchObject({ name: 'ValidationError' });
    expect((await ask(3600)).Credentials).toBeDefined();
  });
});

describe('signatures', () => {
  it.each([
    ['an unknown key', { accessKeyId: 'AKIAUNKNOWN000000000', secretAccessKey: 'x' }, 'InvalidClientTokenId'],
    ['a wrong secret', { accessKeyId: provider.accessKeyId, secretAccessKey: 'x' }, 'SignatureDoesNotMatch'],
  ])('refuses %s', async (_, credentials, name) => {
    const call = client(credentials).send(new GetCallerIdentityCommand());

    await expect(call).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 403 } });
  });

  it('refuses a session key without its token, and with another', async () => {
    const issued = await assume();

    for (const SessionToken of ['', 'other']) {
      const call = clientWith({ ...issued, SessionToken }).send(new GetCallerIdentityCommand());
      await expect(call).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    }
  });

  it('refuses a session that has ended', async () => {
    const issued = await assume();
    const [session] = aws.world.sessions.values();
    aws.world.sessions.set(session?.accessKeyId ?? '', { ...session, expiration: new Date(0) } as NonNullable<
      typeof session
    >);

    const call = clientWith(issued).send(new GetCallerIdentityCommand());

    await expect(call).rejects.toMatchObject({ name: 'ExpiredToken' });
  });

  it('refuses the sessions of a role that was deleted and made again', async () => {
    const issued = await assume();
    for (const arn of aws.world.roles.keys()) {
      aws.world.roles.delete(arn);
    }
    await aws.put(rolePath, { trustPolicy: trustPolicy('acme-1') });

    const call = clientWith(issued).send(new GetCallerIdentityCommand());

    await expect(call).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  });

  it('refuses a request without a signature', async () => {
    const answer = await createStsSimulator(aws.world).request('/?Action=GetCallerIdentity&Version=2011-06-15');

    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('<Code>MissingAuthenticationToken</Code>');
  });
});

describe('a presigned GetCallerIdentity', () => {
  const host = 'sts.eu-west-1.amazonaws.com';

  async function ask(options: { signingDate?: Date; clusterName?: string; accept?: string; tamper?: boolean }) {
    const { signingDate = new Date(), clusterName = 'production', accept = '*/*', tamper = false } = options;
    const signer = new SignatureV4({ credentials: provider, region: 'eu-west-1', service: 'sts', sha256: Sha256 });
    const { query = {} } = await signer.presign(
      {
        ...{ method: 'GET', protocol: 'https:', hostname: host, path: '/' },
        query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
        headers: { host, 'x-k8s-aws-id': 'production' },
      },
      { expiresIn: 60, signingDate },
    );
    const parameters = new URLSearchParams(query as Record<string, string>);
    if (tamper) {
      parameters.set('X-Amz-Signature', '0'.repeat(64));
    }
    return createStsSimulator(aws.world).request(`https://${host}/?${parameters}`, {
      headers: { host, accept, 'x-k8s-aws-id': clusterName },
    });
  }

  it('is answered in XML, and in JSON as the authenticator asks', async () => {
    const xml = await (await ask({})).text();
    const json = await (await ask({ accept: 'application/json' })).json();

    expect(xml).toContain(`<GetCallerIdentityResult><Arn>${provider.arn}</Arn>`);
    expect(json).toMatchObject({
      GetCallerIdentityResponse: { GetCallerIdentityResult: { Arn: provider.arn, Account: '999988887777' } },
    });
  });

  it('holds for 15 minutes, whatever X-Amz-Expires says', async () => {
    const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);

    expect((await ask({ signingDate: minutesAgo(14) })).status).toBe(200);
    const late = await ask({ signingDate: minutesAgo(16) });
    expect(late.status).toBe(403);
    expect(await late.text()).toMatch(/SignatureDoesNotMatch.*Signature expired: .* - 15 min\./);
    expect((await ask({ signingDate: minutesAgo(-16) })).status).toBe(403);
  });

  it('is refused with a tampered signature or another signed header', async () => {
    for (const answer of [
      await ask({ tamper: true }),
      await ask({ clusterName: 'staging', accept: 'application/json' }),
    ]) {
      expect(answer.status).toBe(403);
      expect(await answer.text()).toContain('SignatureDoesNotMatch');
    }
  });
});
