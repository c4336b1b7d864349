import {
  DeleteRepositoryPolicyCommand,
  GetRepositoryPolicyCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { account, type EcrSimulator, neighbour, owner, startEcr, statement } from './ecr-simulator.ts';

const repositoryName = 'team/app';
const roleArn = `arn:aws:iam::${neighbour}:role/ci/deployer`;
const refusedForm = {
  name: 'InvalidParameterException',
  message: "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
};
const refusedPrincipal = {
  name: 'InvalidParameterException',
  message: "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'",
};

let ecr: EcrSimulator;

beforeEach(async () => {
  ecr = await startEcr();
  await ecr.put(`ecr/${account}/eu-west-1/${repositoryName}`, {});
  await ecr.putRole(neighbour, 'deployer', { path: '/ci/' });
});

afterEach(() => ecr.stop());

async function set(policy: unknown, more: { force?: boolean } = {}): Promise<string> {
  const policyText = typeof policy === 'string' ? policy : JSON.stringify(policy);
  const command = new SetRepositoryPolicyCommand({ repositoryName, policyText, ...more });
  return (await ecr.client(owner).send(command)).policyText ?? '';
}

async function get(): Promise<string> {
  return (await ecr.client(owner).send(new GetRepositoryPolicyCommand({ repositoryName }))).policyText ?? '';
}

async function principals(): Promise<unknown> {
  const { Statement } = JSON.parse(await get()) as { Statement: { Principal: { AWS?: unknown } }[] };
  return Statement[0]?.Principal.AWS;
}

function document(...statements: object[]): object {
  return { Version: '2012-10-17', Statement: statements };
}

describe('a repository policy', () => {
  it('is not there at first, nor after its deletion', async () => {
    const missing = { name: 'RepositoryPolicyNotFoundException', $metadata: { httpStatusCode: 400 } };
    await expect(get()).rejects.toMatchObject(missing);
    await set(document(statement()));

    await ecr.client(owner).send(new DeleteRepositoryPolicyCommand({ repositoryName }));

    await expect(get()).rejects.toMatchObject(missing);
    const again = new DeleteRepositoryPolicyCommand({ repositoryName });
    await expect(ecr.client(owner).send(again)).rejects.toMatchObject(missing);
  });

  it('is replaced as a whole', async () => {
    await set(document(statement({ Sid: 'A' })));
    await set(document(statement({ Sid: 'B' })));

    expect(await get()).not.toContain('"A"');
  });

  it('is remembered with whoever set it, whatever came after it', async () => {
    await set(document(statement({ Sid: 'A' })));
    await set(document(statement({ Sid: 'B' })));
    await ecr.client(owner).send(new DeleteRepositoryPolicyCommand({ repositoryName }));

    const setter = `arn:aws:iam::${account}:user/owner`;
    const said = ecr.world.ecrHistory.map(({ action, by, detail }) => [action, by, JSON.stringify(detail['policy'])]);
    expect(said).toEqual([
      ['ecr:SetRepositoryPolicy', setter, expect.stringContaining('"A"')],
      ['ecr:SetRepositoryPolicy', setter, expect.stringContaining('"B"')],
      ['ecr:DeleteRepositoryPolicy', setter, undefined],
    ]);
  });

  it('of a repository that is not there is neither read nor set', async () => {
    const missing = { repositoryName: 'other' };
    const refusal = { name: 'RepositoryNotFoundException' };

    await expect(ecr.client(owner).send(new GetRepositoryPolicyCommand(missing))).rejects.toMatchObject(refusal);
    const setting = new SetRepositoryPolicyCommand({ ...missing, policyText: JSON.stringify(document(statement())) });
    await expect(ecr.client(owner).send(setting)).rejects.toMatchObject(refusal);
  });

  it('comes back printed, with keys in their order and lists of one as the one', async () => {
    await set(
      `{"Statement":{"Action":["ecr:BatchGetImage"],"Principal":{"AWS":["${neighbour}"]},"Effect":"Allow","Sid":"x y"}}`,
    );

    expect(await get()).toBe(`{
  "Statement" : [ {
    "Sid" : "x y",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::${neighbour}:root"
    },
    "Action" : "ecr:BatchGetImage"
  } ]
}`);
  });

  it('keeps what the simulator cannot decide on', async () => {
    const foreign = [
      { Effect: 'Deny', NotPrincipal: { AWS: [account, neighbour] }, Action: ['ecr:PutImage', 'ecr:ListImages'] },
      { ...statement(), Condition: { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': ['o-1/a/*', 'o-1/b/*'] } } },
      { ...statement(), Condition: { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '2001:db8::/32'] } } },
      { ...statement(), NotAction: ['ecr:PutImage', 'ecr:Batch*'], Action: undefined },
    ];

    await set({ Version: '2008-10-17', Id: 'theirs', Statement: foreign });

    const kept = JSON.parse(await get()) as { Version: string; Statement: { Condition?: unknown }[] };
    expect(kept).toMatchObject({ Version: '2008-10-17', Id: 'theirs' });
    expect(kept.Statement.map(({ Condition }) => Condition)).toEqual(
      foreign.map((one) => ('Condition' in one ? one.Condition : undefined)),
    );
  });

  it.each([
    ['what is no JSON', '{'],
    ['no statement', { Version: '2012-10-17' }],
    ['an empty list of statements', document()],
    ['a Resource', document(statement({ Resource: '*' }))],
    ['a field that is not known', document(statement({ Resources: '*' }))],
    ['another version', { ...document(statement()), Version: '2012-10-18' }],
    ['no principal', document(statement({ Principal: undefined }))],
    ["another service's action", document(statement({ Action: 's3:GetObject' }))],
    ['the one action that is about no repository', document(statement({ Action: 'ecr:GetAuthorizationToken' }))],
    ['an operator that IAM does not have', document(statement({ Condition: { StringIs: { 'aws:userid': 'x' } } }))],
    ['two statements with one Sid', document(statement({ Sid: 'A' }), statement({ Sid: 'A' }))],
    ['a pattern as a principal', document(statement({ Principal: { AWS: `arn:aws:iam::${neighbour}:*` } }))],
  ])('is refused with %s', async (_, policy) => {
    await expect(set(policy)).rejects.toMatchObject(refusedForm);
  });

  it('has no more than 10,240 characters', async () => {
    const text = JSON.stringify(document(statement()));

    await expect(set(text.padEnd(10_241))).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await set(text.padEnd(10_240));
  });

  it('does not lock out whoever sets it, unless by force', async () => {
    const lock = document(statement({ Effect: 'Deny', Principal: '*', Action: 'ecr:SetRepositoryPolicy' }));

    await expect(set(lock)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await set(lock, { force: true });

    await expect(set(document(statement()))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('principals', () => {
  const naming = (...AWS: string[]) => document(statement({ Principal: { AWS } }));

  it('that do not exist refuse the whole document', async () => {
    await ecr.put('accounts/555566667777', { exists: false });
    const absent = [
      `${roleArn}x`,
      `arn:aws:iam::${neighbour}:user/nobody`,
      '555566667777',
      'arn:aws:iam::555566667777:root',
    ];

    for (const one of absent) await expect(set(naming(neighbour, one)), one).rejects.toMatchObject(refusedPrincipal);
    await expect(get()).rejects.toMatchObject({ name: 'RepositoryPolicyNotFoundException' });
  });

  it('are known by their ids, which show once they are gone, also when others come under their names', async () => {
    const { roleId } = await ecr.putRole(neighbour, 'deployer', { path: '/ci/' });
    await set(naming(roleArn));
    expect(await principals()).toBe(roleArn);

    await ecr.deleteRole(neighbour, 'deployer');
    expect(await principals()).toBe(roleId);

    await ecr.putRole(neighbour, 'deployer', { path: '/ci/' });
    expect(await principals()).toBe(roleId);
    await expect(set(await get())).rejects.toMatchObject(refusedPrincipal);
    await set(naming(roleArn));
    expect(await principals()).toBe(roleArn);
  });

  it('come in another order with each read', async () => {
    await set(naming(account, neighbour, roleArn));

    const [first, second] = [await principals(), await principals()] as [string[], string[]];

    expect(first).not.toEqual(second);
    expect(first.toSorted()).toEqual(second.toSorted());
  });

  it('that were just made are not found yet', async () => {
    await ecr.put('role-visibility', { seconds: 10 });
    ecr.passTime(60);
    await ecr.putRole(neighbour, 'new', {});
    const newRole = naming(`arn:aws:iam::${neighbour}:role/new`);

    await expect(set(newRole)).rejects.toMatchObject(refusedPrincipal);
    ecr.passTime(10);
    await set(newRole);
  });
});

describe('faults', () => {
  const before = document(statement({ Sid: 'Before' }));
  const after = document(statement({ Sid: 'After' }));

  it('answer a read from before the last change', async () => {
    await set(before);
    await set(after);
    await ecr.put('faults', [{ action: 'ecr:GetRepositoryPolicy', isStale: true }]);

    expect(await get()).toContain('Before');
    expect(await get()).toContain('After');
  });

  it('lose the answer to what was done', async () => {
    await ecr.put('faults', [{ action: 'ecr:SetRepositoryPolicy', when: 'after', error: 'reset' }]);

    await expect(set(after)).rejects.toMatchObject({ code: 'ECONNRESET' });

    expect(await get()).toContain('After');
  });

  it('throttle', async () => {
    await ecr.put('faults', [
      { action: 'ecr:*', error: { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' } },
    ]);

    await expect(set(after)).rejects.toMatchObject({ name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } });
  });
});
