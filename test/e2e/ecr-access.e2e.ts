import { randomBytes, randomInt } from 'node:crypto';
import { ECRClient } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { exampleRegion as region } from '../../sandbox/example.ts';
import { gitHostName } from '../rig/parts/api-environment.ts';
import { createAwsControl, type AwsControl } from '../support/e2e/aws-control.ts';
import {
  createFleetClient,
  evidenceOf,
  type FleetClient,
  readOperation,
  whenResting,
} from '../support/e2e/fleet-client.ts';
import { sharedRig } from '../support/e2e/rig-access.ts';
import { waitFor } from '../support/e2e/wait-for.ts';
import { type ImageAddress, pullImage } from '../support/ecr-client.ts';

const run = randomBytes(4).toString('hex');
const customer = `/v1/customers/customer-${run}`;
const grant = `${customer}/ecr-grants/staging-pull`;
const [accountId, stagingId] = [newAccountId(), newAccountId()];

const persons = {
  ...{ Sid: 'AuditorsPull', Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::444455556666:root' } },
  Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
};
const spec = {
  registry: { accountId, region },
  repositories: { names: ['team/api', 'team/web'] },
  principal: { type: 'account', accountId: stagingId },
  access: 'pull',
  reason: 'staging deploys',
};

let fleet: FleetClient;
let aws: AwsControl;
let awsControlUrl: string;
let staging: ECRClient;

beforeAll(async () => {
  const { apiUrl, rig } = sharedRig().env();
  ({ awsControlUrl } = rig);
  fleet = createFleetClient(apiUrl);
  aws = createAwsControl(awsControlUrl);
  const repository = { host: gitHostName, owner: `owner-${run}`, name: 'infrastructure', branch: 'main' };
  await fleet.put(customer, { displayName: `Customer ${run}`, repository, delivery: 'direct' });
  const account = await fleet.put(`${customer}/accounts/${accountId}`, { alias: 'production' });
  const { status } = z.object({ status: z.object({ externalId: z.string() }) }).parse(account.body);
  await aws.putRole({ accountId, trusts: rig.product.arn, externalId: status.externalId });
  await putRepository('team/api', { policy: { Version: '2012-10-17', Statement: [persons] } });
  await putRepository('team/web', {});
  const credentials = { accessKeyId: `AKIA${run.toUpperCase()}`, secretAccessKey: `secret of ${run}` };
  const { secretAccessKey } = credentials;
  await aws.put(`principals/${credentials.accessKeyId}`, {
    ...{ secretAccessKey, arn: `arn:aws:iam::${stagingId}:user/deployer` },
  });
  staging = new ECRClient({ region, endpoint: rig.eksUrl, credentials });
});

afterAll(() => staging?.destroy());

function newAccountId(): string {
  return String(randomInt(100_000_000_000, 999_999_999_999));
}

function putRepository(name: string, body: object): Promise<void> {
  return aws.put(`ecr/${accountId}/${region}/${name}`, { tags: ['1.0'], ...body });
}

const statement = z.looseObject({ Sid: z.string() });
const repositoryView = z.object({ policy: z.object({ Statement: z.array(statement) }).nullable() });

async function statementsOf(name: string): Promise<readonly z.output<typeof statement>[]> {
  const answer = await fetch(`${awsControlUrl}/ecr/${accountId}/${region}/${name}`);
  return repositoryView.parse(await answer.json()).policy?.Statement ?? [];
}

async function sidsOf(name: string): Promise<readonly string[]> {
  return (await statementsOf(name)).map(({ Sid }) => Sid);
}

/** As staging's user, with calls that it signs. */
function pull(repositoryName: string): Promise<string> {
  const image: ImageAddress = { registryId: accountId, repositoryName, imageTag: '1.0' };
  return pullImage(staging, image).then(
    () => 'pulled',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
}

async function carriedOut(method: 'PUT' | 'DELETE', body?: object) {
  const begun = readOperation(await fleet.call(method, grant, body ? { body } : {}));
  const ended = await whenResting(fleet, `${customer}/operations/${begun.id}`);
  expect(ended, JSON.stringify(ended.failure)).toMatchObject({ state: 'SUCCEEDED' });
  return evidenceOf(ended, 'write-policies');
}

/** In this order: each goes on from what the one before has left. */
describe('a grant, over DynamoDB Local and the durable engine', () => {
  it('lets another account pull that could not before, and leaves the statement of a person as it is', async () => {
    expect([await pull('team/api'), await pull('team/web')]).toEqual([
      'AccessDeniedException',
      'AccessDeniedException',
    ]);

    await carriedOut('PUT', spec);

    expect([await pull('team/api'), await pull('team/web')]).toEqual(['pulled', 'pulled']);
    expect((await statementsOf('team/api'))[0]).toEqual(persons);
    expect(await sidsOf('team/api')).toEqual(['AuditorsPull', 'FleetApiPull']);
    expect((await fleet.call('GET', grant)).body).toMatchObject({
      spec,
      status: {
        state: 'APPLIED',
        repositories: [
          { repository: 'team/api', state: 'APPLIED' },
          { repository: 'team/web', state: 'APPLIED' },
        ],
      },
    });
  });

  it('writes nothing when it is declared again', async () => {
    expect(await carriedOut('PUT', spec)).toMatchObject({ written: 0, unchanged: 2 });
  });

  it('is put back where somebody overwrites it', async () => {
    await putRepository('team/web', { policy: { Version: '2012-10-17', Statement: [{ ...persons, Sid: 'ByHand' }] } });

    await waitFor('the right is back', async () => (await pull('team/web')) === 'pulled');
    expect(await sidsOf('team/web')).toEqual(['ByHand', 'FleetApiPull']);
  });

  it('takes in a repository that is made later, where it covers all of them', async () => {
    await carriedOut('PUT', { ...spec, repositories: { all: true } });

    await putRepository('team/tools', {});

    await waitFor('the right is there', async () => (await pull('team/tools')) === 'pulled');
  });

  it('is gone from every policy once it is withdrawn, and nothing else is', async () => {
    await carriedOut('DELETE');

    for (const name of ['team/api', 'team/web', 'team/tools']) expect(await pull(name)).toBe('AccessDeniedException');
    expect(await statementsOf('team/api')).toEqual([persons]);
    expect(await sidsOf('team/web')).toEqual(['ByHand']);
    expect(await sidsOf('team/tools')).toEqual([]);
    expect((await fleet.call('GET', grant)).status).toBe(404);
  });

  it('leaves events of all that was done, and a customer that can go', async () => {
    const { items } = z
      .object({ items: z.array(z.object({ type: z.string() })) })
      .parse((await fleet.call('GET', `${customer}/events?pageSize=200`)).body);

    const types = items.map(({ type }) => type).filter((type) => type.startsWith('ecr-grant.'));
    expect(types.toReversed()).toEqual([
      ...['ecr-grant.created', 'ecr-grant.updated', 'ecr-grant.withdrawn', 'ecr-grant.deleted'],
    ]);
    expect((await fleet.call('DELETE', `${customer}/accounts/${accountId}`)).status).toBe(204);
    expect((await fleet.call('DELETE', customer)).status).toBe(204);
  });
});
