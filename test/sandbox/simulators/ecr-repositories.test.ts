import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  type DescribeRepositoriesCommandInput,
} from '@aws-sdk/client-ecr';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { account, type EcrSimulator, owner, startEcr, stranger } from './ecr-simulator.ts';

let ecr: EcrSimulator;

beforeEach(async () => {
  ecr = await startEcr();
  for (const name of ['bb', 'a/x', 'cc']) await ecr.put(`ecr/${account}/eu-west-1/${name}`, {});
});

afterEach(() => ecr.stop());

async function names(input: DescribeRepositoriesCommandInput = {}, keys = owner, region?: string) {
  const { repositories, nextToken } = await ecr.client(keys, region).send(new DescribeRepositoriesCommand(input));
  return { names: repositories?.map(({ repositoryName }) => repositoryName), nextToken };
}

it('lists the repositories of the registry of one account and region', async () => {
  expect(await names()).toEqual({ names: ['a/x', 'bb', 'cc'], nextToken: undefined });
  expect((await names({}, owner, 'us-east-1')).names).toEqual([]);
  expect((await names({}, stranger)).names).toEqual([]);
});

it('lists them in pages, whatever is made meanwhile', async () => {
  const first = await names({ maxResults: 2 });
  await ecr.put(`ecr/${account}/eu-west-1/a/y`, {});
  const second = await names({ maxResults: 2, nextToken: first.nextToken });

  expect([first.names, second]).toEqual([['a/x', 'bb'], { names: ['cc'], nextToken: undefined }]);
});

it('finds repositories by their names, all or none', async () => {
  expect((await names({ repositoryNames: ['cc', 'bb'] })).names).toEqual(['cc', 'bb']);
  await expect(names({ repositoryNames: ['cc', 'missing'] })).rejects.toMatchObject({
    name: 'RepositoryNotFoundException',
    message: `The repository with name 'missing' does not exist in the registry with id '${account}'`,
  });
});

it.each([{ maxResults: 1001 }, { maxResults: 0 }, { nextToken: '?' }, { repositoryNames: ['bb'], maxResults: 1 }])(
  'refuses to list %j',
  async (input) => {
    await expect(names(input)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  },
);

it('makes a repository once, with its encryption, and deletes it', async () => {
  const kmsKey = `arn:aws:kms:eu-west-1:${account}:key/1`;
  const encryptionConfiguration = { encryptionType: 'KMS', kmsKey } as const;
  const create = new CreateRepositoryCommand({ repositoryName: 'dd', encryptionConfiguration });

  const { repository } = await ecr.client(owner).send(create);

  expect(repository).toMatchObject({
    repositoryArn: `arn:aws:ecr:eu-west-1:${account}:repository/dd`,
    registryId: account,
    repositoryUri: `${account}.dkr.ecr.eu-west-1.amazonaws.com/dd`,
    encryptionConfiguration,
  });
  await expect(ecr.client(owner).send(create)).rejects.toMatchObject({ name: 'RepositoryAlreadyExistsException' });
  await ecr.client(owner).send(new DeleteRepositoryCommand({ repositoryName: 'dd' }));
  expect((await names()).names).not.toContain('dd');
});

it('shows AES256 where nothing else was said', async () => {
  const { repositories } = await ecr.client(owner).send(new DescribeRepositoriesCommand({ repositoryNames: ['bb'] }));

  expect(repositories?.[0]?.encryptionConfiguration).toEqual({ encryptionType: 'AES256' });
});

it('is refused to a wrong secret', async () => {
  await expect(names({}, { ...owner, secretAccessKey: 'x' })).rejects.toMatchObject({
    name: 'InvalidSignatureException',
  });
});

it('stands beside STS at one address', async () => {
  const sts = new STSClient({ region: 'eu-west-1', endpoint: ecr.url, credentials: owner, maxAttempts: 1 });

  expect((await sts.send(new GetCallerIdentityCommand())).Account).toBe(account);
});

it('is on the trail', async () => {
  await names({ repositoryNames: ['bb', 'missing'] }).catch(() => undefined);

  expect(ecr.world.trail.at(-1)).toMatchObject({
    action: 'ecr:DescribeRepositories',
    resource: ['bb', 'missing'].map((name) => `arn:aws:ecr:eu-west-1:${account}:repository/${name}`).join(' '),
    caller: `arn:aws:iam::${account}:user/owner`,
    errorCode: 'RepositoryNotFoundException',
  });
});
