import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionCredentials } from '../../src/adapters/customer-account-credentials.ts';
import { mintEksToken } from '../../src/adapters/eks-token.ts';

import { customerRoleName, exampleRegion } from '../../sandbox/example.ts';
import type { ApiAnswer } from '../support/e2e/cluster-api.ts';
import { sharedRig } from '../support/e2e/rig-access.ts';
import { assumeCustomerRole, withTamperedSignature } from '../support/e2e/token.ts';
import { waitFor } from '../support/e2e/wait-for.ts';
import { createWorld, type World, type WorldCluster } from '../support/e2e/world.ts';

const region = exampleRegion;
let world: World;
let cluster: WorldCluster;
let roleArn: string;
let credentials: SessionCredentials;

beforeAll(async () => {
  world = await createWorld(sharedRig());
  [cluster] = world.clusters;
  roleArn = `arn:aws:iam::${world.accountId}:role/${customerRoleName}`;
  await world.aws.putAccessEntries(cluster.address, [{ principalArn: roleArn, kubernetesGroups: ['testers'] }]);
  credentials = await assumeCustomerRole(world);
  await waitFor('the authenticator knows the entry', async () => (await whoAmI(await mint())).status === 201);
});

afterAll(() => world.close());

/** The real API server asks the real authenticator, which asks STS. */
function whoAmI(token: string): Promise<ApiAnswer> {
  return cluster.api.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    token,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
}

async function mint(request: { readonly eksName?: string; readonly now?: Date } = {}): Promise<string> {
  const { eksName = cluster.address.name, now = new Date() } = request;
  return (await mintEksToken({ credentials, region, eksName, now })).token;
}

describe('a token of the customer role', () => {
  it('is accepted for its cluster, as that role', async () => {
    const { status, body } = await whoAmI(await mint());

    expect(status).toBe(201);
    expect(body).toMatchObject({
      status: { userInfo: { groups: expect.arrayContaining(['testers']), extra: { canonicalArn: [roleArn] } } },
    });
  });

  it('is refused for another cluster id', async () => {
    expect((await whoAmI(await mint({ eksName: 'another-cluster' }))).status).toBe(401);
  });

  it('is refused when it was minted 16 minutes ago, and accepted when it was 10 minutes ago', async () => {
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

    expect((await whoAmI(await mint({ now: minutesAgo(16) }))).status).toBe(401);
    expect((await whoAmI(await mint({ now: minutesAgo(10) }))).status).toBe(201);
  });

  it('is refused with a tampered signature', async () => {
    expect((await whoAmI(withTamperedSignature(await mint()))).status).toBe(401);
  });

  it('is refused once the role has no access entry', async () => {
    await world.aws.putAccessEntries(cluster.address, []);

    // The API server remembers for two seconds what the authenticator said of a token.
    const status = await waitFor('it is refused', async () => {
      const { status: found } = await whoAmI(await mint());
      return found !== 201 && found;
    });
    expect(status).toBe(401);
  });
});
