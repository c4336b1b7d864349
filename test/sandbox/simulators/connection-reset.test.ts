import { Agent, fetch } from 'undici';
import { expect, it } from 'vitest';
import { createAwsApp } from '../../../sandbox/aws-app.ts';
import { type Fetch, listen } from '../../../sandbox/listen.ts';
import { createAwsWorld } from '../../../sandbox/simulators/aws-world.ts';
import { faultBody, type Faulty } from '../../../sandbox/simulators/faults.ts';
import { createGitHubApi } from '../../../sandbox/simulators/github/github-api.ts';
import { createGitHubWorld } from '../../../sandbox/simulators/github/github-world.ts';
import { createKubernetesApi } from '../../../sandbox/simulators/kubernetes/kubernetes-api.ts';
import { createKubernetesWorld } from '../../../sandbox/simulators/kubernetes/kubernetes-world.ts';
import { createServerCertificate } from '../../../sandbox/simulators/kubernetes/server-certificate.ts';

const aws = createAwsWorld();
const github = createGitHubWorld();
const kubernetes = createKubernetesWorld();
const clusterApi = createKubernetesApi(kubernetes, { authenticate: async () => undefined });
const served: readonly { action: string; world: Faulty; fetch: Fetch; path: string }[] = [
  { action: 'sts:GetCallerIdentity', world: aws, fetch: createAwsApp(aws).fetch, path: '/?Action=GetCallerIdentity' },
  { action: 'eks:DescribeCluster', world: aws, fetch: createAwsApp(aws).fetch, path: '/clusters/production' },
  { action: 'github:GetRepository', world: github, fetch: createGitHubApi(github).fetch, path: '/repos/acme/fleet' },
  { action: 'kubernetes:version', world: kubernetes, fetch: clusterApi.fetch, path: '/version' },
];

it.each(served)('a reset of $action closes the socket, and the next call is answered', async (simulator) => {
  const { action, world, path } = simulator;
  const pair = await createServerCertificate();
  const dispatcher = new Agent({ connect: { ca: pair.certificate } });
  for (const server of [await listen(simulator.fetch), await listen(simulator.fetch, 0, pair)]) {
    world.faults = [faultBody.parse({ action, error: 'reset' })];
    const ask = () => fetch(`${server.url}${path}`, { dispatcher });

    await expect(ask()).rejects.toMatchObject({ cause: { code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) } });
    expect([401, 403, 404]).toContain((await ask()).status);

    await server.close();
  }
  await dispatcher.close();
});
