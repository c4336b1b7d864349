import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import * as fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { type AwsWorld, createAwsWorld, snapshotAwsWorld } from '../../../sandbox/simulators/aws-world.ts';
import { createAwsControl } from '../../../sandbox/simulators/aws-control.ts';
import { createEksAccess } from '../../../src/adapters/eks-access.ts';
import { provider, startAwsSimulators, trustPolicy } from '../../support/aws-simulators.ts';

const now = () => new Date('2026-11-24T10:00:00.000Z');
const name = fc.constantFrom('production', 'staging', 'a');
const roleArn = (role: string) => `arn:aws:iam::111122223333:role/${role}`;

const repositoryPolicy = (account: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'ecr:BatchGetImage' }],
});

/** One change over `/_world`: its path and its body. */
const change = fc.oneof(
  name.map((role) => ({ path: `roles/111122223333/${role}`, body: { trustPolicy: trustPolicy(role) } })),
  fc.record({ cluster: name, version: fc.constantFrom('1.33', '1.36') }).map(({ cluster, version }) => ({
    path: `clusters/111122223333/eu-west-1/${cluster}`,
    body: { version, endpoint: 'https://127.0.0.1:1' },
  })),
  fc.record({ cluster: name, role: name }).map(({ cluster, role }) => ({
    path: `clusters/111122223333/eu-west-1/${cluster}/access-entries`,
    body: [{ principalArn: roleArn(role) }],
  })),
  fc.record({ account: fc.constantFrom('111122223333', '444455556666'), tag: name }).map(({ account, tag }) => ({
    path: `ecr/111122223333/eu-west-1/team/app`,
    body: { tags: [tag], policy: repositoryPolicy(account) },
  })),
  name.map((one) => ({ path: 'accounts/444455556666', body: { organizationId: `o-${one}` } })),
  fc.nat(60).map((seconds) => ({ path: 'role-visibility', body: { seconds } })),
  name.map((key) => ({ path: `principals/${key}`, body: { secretAccessKey: key, arn: `arn:aws:iam::9:user/${key}` } })),
);

it('a world is the same after it was kept as JSON, whatever stands in it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
      const world = createAwsWorld({ now });
      const control = createAwsControl(world);
      for (const { path, body } of changes) {
        await control.request(`/_world/${path}`, { method: 'PUT', body: JSON.stringify(body) });
      }

      const kept = createAwsWorld({ now, from: JSON.parse(JSON.stringify(snapshotAwsWorld(world))) });

      expect(stateOf(kept)).toEqual(stateOf(world));
    }),
    { numRuns: 50 },
  );
});

function stateOf({ now: _now, onAccessEntriesChanged: _onEntries, onChange: _onChange, ...state }: AwsWorld): object {
  return state;
}

it('what was kept before each answer goes on where it stopped, sessions and access entries included', async () => {
  const seen: { world?: AwsWorld; kept?: unknown } = {};
  const aws = await startAwsSimulators({
    onChange: () => {
      seen.kept = seen.world && JSON.parse(JSON.stringify(snapshotAwsWorld(seen.world)));
    },
  });
  seen.world = aws.world;
  await aws.put(`principals/${provider.accessKeyId}`, { secretAccessKey: provider.secretAccessKey, arn: provider.arn });
  await aws.put('roles/111122223333/fleet-api', { trustPolicy: trustPolicy('acme-1') });
  await aws.put('clusters/111122223333/eu-west-1/production', { version: '1.36' });
  const { accessKeyId, secretAccessKey } = provider;
  const endpoints = { stsEndpoint: aws.url, eksEndpoint: aws.url };
  const access = createEksAccess({ credentials: { accessKeyId, secretAccessKey }, ...endpoints });
  const target = { accountId: '111122223333', region: 'eu-west-1', eksName: 'production' };
  const whole = { ...target, roleArn: roleArn('fleet-api'), externalId: 'acme-1', sessionName: 'fleet' };

  await access.ensureAccessEntry(whole, AbortSignal.timeout(20_000));
  await aws.stop();

  const restarted = createAwsWorld({ from: seen.kept });
  expect(stateOf(restarted)).toEqual(stateOf(aws.world));
  expect(restarted.sessions.size).toBeGreaterThan(0);
  expect(restarted.trail.map(({ action }) => action)).toContain('eks:AssociateAccessPolicy');
});

it.each([
  ['GET', 'trail', undefined, 0],
  ['PUT', 'principals/AKIAOTHER', { secretAccessKey: 'x', arn: 'arn:aws:iam::9:user/other' }, 1],
  ['PUT', 'roles/111122223333/other', { trustPolicy: trustPolicy('acme-1') }, 1],
  ['DELETE', 'roles/111122223333/other', undefined, 1],
  ['PUT', 'policies', { arn: 'arn:aws:iam::aws:policy/other', policy: repositoryPolicy('111122223333') }, 1],
  ['PUT', 'clusters/111122223333/eu-west-1/production', { version: '1.36' }, 1],
  ['PUT', 'ecr/111122223333/eu-west-1/app', { policy: repositoryPolicy('111122223333') }, 1],
  ['PUT', 'accounts/444455556666', { exists: false }, 1],
  ['PUT', 'role-visibility', { seconds: 10 }, 1],
  ['PUT', 'faults', [{ action: 'sts:*' }], 1],
] as const)('%s /_world/%s has told of its change before it is answered', async (...[method, path, body, times]) => {
  const seen: unknown[] = [];
  const world = createAwsWorld({ now, onChange: () => seen.push(snapshotAwsWorld(world)) });

  const answer = await createAwsControl(world).request(`/_world/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
  });

  expect(answer.ok).toBe(true);
  expect(seen).toHaveLength(times);
  // What was told of is all that there is: nothing changes after it.
  if (times > 0) expect(seen.at(-1)).toEqual(snapshotAwsWorld(world));
});

it.each([
  ['issues a session', 'acme-1', 1],
  ['refuses one', 'another-id', 0],
])('STS has told of what it did before it is answered when it %s', async (_, externalId, sessions) => {
  const seen: AwsWorld[] = [];
  const aws = await startAwsSimulators({
    now,
    onChange: () => seen.push(createAwsWorld({ now, from: snapshotAwsWorld(aws.world) })),
  });
  onTestFinished(() => aws.stop());
  await aws.put(`principals/${provider.accessKeyId}`, { secretAccessKey: provider.secretAccessKey, arn: provider.arn });
  await aws.put('roles/111122223333/fleet-api', { trustPolicy: trustPolicy('acme-1') });
  const { accessKeyId, secretAccessKey } = provider;
  const credentials = { accessKeyId, secretAccessKey };
  const sts = new STSClient({
    region: 'eu-west-1',
    endpoint: aws.url,
    credentials,
    maxAttempts: 1,
    systemClockOffset: now().getTime() - Date.now(),
  });
  seen.length = 0;

  const role = { RoleArn: roleArn('fleet-api'), RoleSessionName: 'fleet', ExternalId: externalId };
  const answer = await sts.send(new AssumeRoleCommand(role)).catch((error: unknown) => error);

  expect(answer instanceof Error).toBe(sessions === 0);
  expect(seen).toHaveLength(1);
  expect(seen[0]?.sessions.size).toBe(sessions);
  expect(seen[0]?.trail).toEqual(aws.world.trail);
  expect(seen[0]?.trail.map(({ action, errorCode }) => [action, errorCode])).toEqual([
    ['sts:AssumeRole', sessions === 0 ? 'AccessDenied' : undefined],
  ]);
});
