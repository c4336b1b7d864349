import { GetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trustPolicy } from '../../support/aws-simulators.ts';
import { account, type EcrSimulator, neighbour, owner, startEcr, statement, stranger } from './ecr-simulator.ts';

/** Reading the policy stands for any action on a repository: all are decided on alike. */
const Action = 'ecr:GetRepositoryPolicy';
const repository = `ecr/${account}/eu-west-1/app`;
const ownerArn = `arn:aws:iam::${account}:user/owner`;
const strangerArn = `arn:aws:iam::${neighbour}:user/stranger`;
const denied = { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } };
const elsewhere = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } };

let ecr: EcrSimulator;

beforeEach(async () => {
  ecr = await startEcr();
  await ecr.put(repository, {});
});

afterEach(() => ecr.stop());

function put(...statements: object[]): Promise<void> {
  return ecr.put(repository, { policy: { Version: '2012-10-17', Statement: statements } });
}

function read(keys: Parameters<EcrSimulator['client']>[0]) {
  return ecr.client(keys).send(new GetRepositoryPolicyCommand({ registryId: account, repositoryName: 'app' }));
}

describe('across accounts', () => {
  it('the repository has to let in whom his own account lets go', async () => {
    await put(statement({ Action, Principal: { AWS: account } }));
    await expect(read(stranger)).rejects.toMatchObject({
      ...denied,
      message: `User: ${strangerArn} is not authorized to perform: ${Action} on resource: arn:aws:ecr:eu-west-1:${account}:repository/app because no resource-based policy allows the ${Action} action`,
    });

    await put(statement({ Action }));
    await read(stranger);

    await ecr.putUser(stranger, strangerArn, elsewhere);
    await expect(read(stranger)).rejects.toMatchObject(denied);
  });

  it.each([
    ['its account', neighbour],
    ['its ARN', `arn:aws:iam::${neighbour}:role/deployer`],
    ['its session', `arn:aws:sts::${neighbour}:assumed-role/deployer/build`],
    ['anybody', '*'],
  ])('a role is let in by %s, and not by another role', async (_, AWS) => {
    await ecr.putRole(neighbour, 'deployer', {});
    await ecr.putRole(neighbour, 'other', {});
    const session = await ecr.assume(neighbour, 'deployer');

    await put(statement({ Action, Principal: { AWS } }));
    await read(session);
    await put(statement({ Action, Principal: { AWS: `arn:aws:iam::${neighbour}:role/other` } }));
    await expect(read(session)).rejects.toMatchObject(denied);
  });

  it('a role made anew under its name is not let in by what was for the former', async () => {
    await ecr.putRole(neighbour, 'deployer', {});
    await put(statement({ Action, Principal: { AWS: `arn:aws:iam::${neighbour}:role/deployer` } }));

    await ecr.deleteRole(neighbour, 'deployer');
    await ecr.putRole(neighbour, 'deployer', { trustPolicy: trustPolicy('acme-1') });

    await expect(read(await ecr.assume(neighbour, 'deployer'))).rejects.toMatchObject(denied);
  });

  it('an organization lets in its accounts alone', async () => {
    const Condition = { StringEquals: { 'aws:PrincipalOrgID': 'o-acme' } };
    await put(statement({ Action, Principal: '*', Condition }));

    await expect(read(stranger)).rejects.toMatchObject(denied);
    await ecr.put(`accounts/${neighbour}`, { organizationId: 'o-other' });
    await expect(read(stranger)).rejects.toMatchObject(denied);
    await ecr.put(`accounts/${neighbour}`, { organizationId: 'o-acme' });
    await read(stranger);
  });

  it('a repository that is not there looks like one that lets nobody in', async () => {
    const missing = new GetRepositoryPolicyCommand({ registryId: account, repositoryName: 'missing' });

    await expect(ecr.client(stranger).send(missing)).rejects.toMatchObject(denied);
  });
});

describe('in one account', () => {
  it('either side lets in, but the root does it for nobody', async () => {
    await ecr.putUser(owner, ownerArn, elsewhere);
    await put(statement({ Action, Principal: { AWS: account } }));
    await expect(read(owner)).rejects.toMatchObject(denied);

    await put(statement({ Action, Principal: { AWS: ownerArn } }));
    await read(owner);
  });

  it('what his own policies deny him, the repository does not give', async () => {
    const Statement = { Effect: 'Deny', Action: 'ecr:*', Resource: '*' };
    await ecr.putUser(owner, ownerArn, { Version: '2012-10-17', Statement });
    await put(statement({ Action, Principal: { AWS: ownerArn } }));

    await expect(read(owner)).rejects.toMatchObject(denied);
  });
});

describe('a deny', () => {
  it.each([
    ['its account', { AWS: account }],
    ['all', '*'],
  ])('of %s wins over every allow', async (_, Principal) => {
    await put(statement({ Action, Principal: '*' }), statement({ Effect: 'Deny', Action: 'ecr:Get*', Principal }));

    await expect(read(owner)).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining('with an explicit deny in a resource-based policy') as string,
    });
  });
});

describe('what the simulator does not know', () => {
  const Condition = { StringEquals: { 'aws:SourceVpce': 'vpce-1' } };

  it.each([
    ['a key', { Condition }, 'the condition key aws:SourceVpce'],
    ['an operator', { Condition: { IpAddress: { 'aws:userid': '::1' } } }, 'the condition operator IpAddress'],
    ['NotAction', { Action: undefined, NotAction: 'ecr:PutImage' }, 'NotAction'],
  ])('is said, not passed over: %s', async (_, changes, what) => {
    await put(statement({ Action, ...changes }));

    await expect(read(stranger)).rejects.toMatchObject({
      name: 'SimulatorCannotDecide',
      message: expect.stringContaining(what) as string,
    });
  });

  it('does not matter where it decides nothing', async () => {
    await put(
      statement({ Action, Condition }),
      statement({ Action }),
      statement({ Effect: 'Deny', Action: 'ecr:PutImage', Condition }),
      statement({ Effect: 'Deny', Action, Condition, Principal: { AWS: ownerArn } }),
    );

    await read(stranger);
  });
});

describe('Lambda', () => {
  const functions = `arn:aws:lambda:eu-west-1:${neighbour}:function:`;
  const ofLambda = statement({
    Principal: { Service: 'lambda.amazonaws.com' },
    Condition: { StringLike: { 'aws:sourceArn': `${functions}*` } },
  });

  async function missing(functionArn: string): Promise<unknown> {
    const query = new URLSearchParams({
      repository: `arn:aws:ecr:eu-west-1:${account}:repository/app`,
      function: functionArn,
    });
    return (await fetch(`${ecr.url}/_world/lambda-pull?${query.toString()}`)).json();
  }

  it('needs leave for itself and, across accounts, for the account', async () => {
    await put(ofLambda);
    expect(await missing(`${functions}f`)).toEqual({
      isAllowed: false,
      missing: ['BatchGetImage', 'GetDownloadUrlForLayer'].map((one) => `ecr:${one} of arn:aws:iam::${neighbour}:root`),
    });

    await put(ofLambda, statement());
    expect(await missing(`${functions}f`)).toEqual({ isAllowed: true, missing: [] });
    expect(await missing(`arn:aws:lambda:us-east-1:${neighbour}:function:f`)).toMatchObject({ isAllowed: false });
  });

  it('pulls in its own region alone', async () => {
    const Principal = { Service: 'lambda.amazonaws.com' };
    await put(statement({ Principal }), statement());

    expect(await missing(`arn:aws:lambda:us-east-1:${neighbour}:function:f`)).toEqual({
      isAllowed: false,
      missing: ['a function in eu-west-1'],
    });
  });
});
