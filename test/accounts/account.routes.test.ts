import { describe, expect, it } from 'vitest';
import { customerRoleArn, partitionOf } from '../../src/accounts/account.ts';
import { useDynalite } from '../support/fleet-table.ts';
import { account, customerSpec, makeFleet } from '../support/fleet.ts';
import { expectProblem } from '../support/problems.ts';

const dynamo = useDynalite();

const path = `/v1/customers/acme/accounts/${account}`;

async function given() {
  const fleet = makeFleet(await dynamo.table());
  await fleet.call('PUT', '/v1/customers/acme', { body: customerSpec });
  const put = (alias: unknown, options: { headers?: Record<string, string>; path?: string } = {}) =>
    fleet.call('PUT', options.path ?? path, { body: { alias }, headers: options.headers ?? {} });
  return { fleet, put };
}

describe('an account', () => {
  it('is created with what its owner needs to let us in', async () => {
    const { fleet, put } = await given();

    const created = await put('production');

    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(`/prod${path}`);
    expect(await created.json()).toMatchObject({
      id: account,
      spec: { alias: 'production' },
      status: {
        externalId: (await fleet.registry.getCustomer('acme'))?.externalId,
        roleArn: `arn:aws:iam::${account}:role/fleet-api`,
        trustedPrincipalArn: 'arn:aws:iam::999988887777:role/fleet-api',
      },
    });
    expect((await fleet.call('GET', path)).headers.get('etag')).toBe(created.headers.get('etag'));
  });

  it('declared again is the same, with no write', async () => {
    const { fleet, put } = await given();
    const created = await put('production');
    fleet.faults.registry.calls.length = 0;

    const again = await put('production');

    expect([again.status, again.headers.get('etag')]).toEqual([200, created.headers.get('etag')]);
    expect(fleet.faults.registry.calls).not.toContain('putAccount');
  });

  it('is changed under the conditions of the request', async () => {
    const { fleet, put } = await given();
    const etag = (await put('production')).headers.get('etag') ?? '';

    expect((await put('live', { headers: { 'if-match': etag } })).status).toBe(200);
    await expectProblem(put('old', { headers: { 'if-match': etag } }), { status: 412, code: 'precondition-failed' });
    expect(await fleet.registry.getAccount('acme', account)).toMatchObject({ spec: { alias: 'live' }, version: 2 });
  });

  it('needs its customer', async () => {
    const { put } = await given();
    const elsewhere = `/v1/customers/other/accounts/${account}`;

    await expectProblem(put('production', { path: elsewhere }), { status: 404, code: 'not-found' });
  });

  it('of another customer does not exist', async () => {
    const { fleet, put } = await given();
    await put('production');

    await expectProblem(fleet.call('GET', `/v1/customers/other/accounts/${account}`), {
      status: 404,
      code: 'not-found',
    });
  });

  it.each(['1234', 'abcdefghijkl', '1111222233334'])('has an id of twelve digits, not %s', async (id) => {
    const { put } = await given();

    await expectProblem(put('x', { path: `/v1/customers/acme/accounts/${id}` }), {
      status: 400,
      code: 'invalid-request',
    });
  });

  it.each(['', '   ', 'x'.repeat(64), 7, undefined])('has an alias, not %o', async (alias) => {
    const { put } = await given();

    const problem = await expectProblem(put(alias), { status: 400, code: 'invalid-request' });

    expect(problem['errors']).toMatchObject([{ pointer: '/alias' }]);
  });
});

describe('a role', () => {
  it.each([
    ['eu-west-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
  ])('of %s is in the partition %s', (region, partition) => {
    expect(partitionOf(region)).toBe(partition);
    expect(customerRoleArn({ partition, accountId: account, roleName: 'fleet-api' })).toBe(
      `arn:${partition}:iam::${account}:role/fleet-api`,
    );
  });
});
