import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type AwsWorld, createAwsWorld, snapshotAwsWorld } from '../../../sandbox/simulators/aws-world.ts';
import { createAwsControl } from '../../../sandbox/simulators/aws-control.ts';
import { createEksAccess } from '../../../src/adapters/eks-access.ts';
import { provider, startAwsSimulators, trustPolicy } from '../../support/aws-simulators.ts';

const now = () => new Date('2026-11-24T10:00:00.000Z');
const name = fc.constantFrom('production', 'staging', 'a');
const roleArn = (role: string) => `arn:aws:iam::111122223333:role/${role}`;

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

function stateOf({ principals, roles, sessions, clusters, trail, faults }: AwsWorld): object {
  return { principals, roles, sessions, clusters, trail, faults };
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
