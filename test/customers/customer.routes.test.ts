import { describe, expect, it } from 'vitest';
import { repositoryUniqueName } from '../../src/customers/customer.ts';
import type { CustomerSpec } from '../../src/customers/customer.ts';
import { clusterRecord } from '../contracts/registry-records.ts';
import { operationOf, resourceOf } from '../support/answers.ts';
import { Crash } from '../support/faults.ts';
import { losingAnswers, useDynalite } from '../support/fleet-table.ts';
import { clusterPath, customerSpec, makeFleet } from '../support/fleet.ts';
import type { Fleet } from '../support/fleet.ts';
import { expectProblem } from '../support/problems.ts';

const dynamo = useDynalite();

const path = '/v1/customers/acme';
const given = async () => makeFleet(await dynamo.table());

type Change = Partial<CustomerSpec['repository']> & { readonly headers?: Record<string, string> };

function put(fleet: Fleet, customer = 'acme', { headers = {}, ...changes }: Change = {}) {
  const body = { ...customerSpec, repository: { ...customerSpec.repository, ...changes } };
  // No two requests come at the same moment.
  fleet.clock.advance(1);
  return fleet.call('PUT', `/v1/customers/${customer}`, { body, headers });
}

describe('a customer', () => {
  it('is created with PUT: 201, Location with the stage, and what GET answers', async () => {
    const fleet = await given();

    const created = await put(fleet);

    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe('/prod/v1/customers/acme');
    const body = await created.json();
    expect(body).toEqual({
      id: 'acme',
      spec: customerSpec,
      status: { effective: { ...customerSpec, delivery: 'auto' } },
      createdAt: fleet.clock.now().toISOString(),
      updatedAt: fleet.clock.now().toISOString(),
    });
    const read = await fleet.call('GET', path);
    expect(read.status).toBe(200);
    expect(read.headers.get('etag')).toBe(created.headers.get('etag'));
    expect(await read.json()).toEqual(body);
  });

  it('that does not exist is not found', async () => {
    const fleet = await given();

    await expectProblem(fleet.call('GET', path), { status: 404, code: 'not-found' });
  });

  it('declared again is the same: 200, the same ETag, no write', async () => {
    const fleet = await given();
    const created = await put(fleet);
    fleet.clock.advance(1000);
    const writes = fleet.faults.registry.calls.length;

    const again = await put(fleet);

    expect(again.status).toBe(200);
    expect(again.headers.get('etag')).toBe(created.headers.get('etag'));
    expect(fleet.faults.registry.calls.slice(writes)).toEqual(['getCustomer']);
    expect(await again.json()).toMatchObject({ updatedAt: (await resourceOf(created)).createdAt });
  });

  it('is changed with PUT: another ETag, the same ExternalId and creation', async () => {
    const fleet = await given();
    const created = await put(fleet);
    const before = await fleet.registry.getCustomer('acme');
    fleet.clock.advance(1000);

    const changed = await put(fleet, 'acme', { branch: 'production' });

    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(created.headers.get('etag'));
    const after = await fleet.registry.getCustomer('acme');
    expect(after).toMatchObject({ version: 2, externalId: before?.externalId, createdAt: before?.createdAt });
    expect(after?.updatedAt).toBe(fleet.clock.now().toISOString());
  });

  it('has an ExternalId that no body can set, and shows it to no one here', async () => {
    const fleet = await given();
    const body = { ...customerSpec, externalId: 'chosen' };

    const problem = await expectProblem(fleet.call('PUT', path, { body }), { status: 400, code: 'invalid-request' });

    expect(problem['errors']).toEqual([{ pointer: '/externalId', detail: 'is not a field of this resource' }]);
    const created = await put(fleet);
    expect(await created.text()).not.toContain((await fleet.registry.getCustomer('acme'))?.externalId);
  });

  it('is at a Git host that is configured', async () => {
    const fleet = await given();

    const problem = await expectProblem(put(fleet, 'acme', { host: 'git.unknown' }), {
      status: 400,
      code: 'invalid-request',
    });

    expect(problem['errors']).toMatchObject([{ pointer: '/repository/host' }]);
  });
});

describe('preconditions', () => {
  it('If-None-Match: * creates and never replaces', async () => {
    const fleet = await given();

    expect((await put(fleet, 'acme', { headers: { 'if-none-match': '*' } })).status).toBe(201);
    await expectProblem(put(fleet, 'acme', { branch: 'b', headers: { 'if-none-match': '*' } }), {
      status: 412,
      code: 'precondition-failed',
    });
    await expectProblem(put(fleet, 'acme', { headers: { 'if-none-match': '"x"' } }), {
      status: 400,
      code: 'invalid-request',
    });
    expect((await fleet.registry.getCustomer('acme'))?.spec).toEqual(customerSpec);
  });

  it('If-Match replaces what was read, and nothing else', async () => {
    const fleet = await given();
    await expectProblem(put(fleet, 'acme', { headers: { 'if-match': '*' } }), {
      status: 412,
      code: 'precondition-failed',
    });
    const etag = (await put(fleet)).headers.get('etag') ?? '';

    expect((await put(fleet, 'acme', { branch: 'b', headers: { 'if-match': etag } })).status).toBe(200);
    await expectProblem(put(fleet, 'acme', { branch: 'c', headers: { 'if-match': etag } }), {
      status: 412,
      code: 'precondition-failed',
    });
    expect((await put(fleet, 'acme', { branch: 'd', headers: { 'if-match': '*' } })).status).toBe(200);
  });

  it('of two changes at the same moment one is a conflict', async () => {
    const fleet = await given();
    await put(fleet);
    let readers = 0;
    const bothHaveRead = Promise.withResolvers<void>();
    fleet.faults.registry.onCall('takeUnique', async () => {
      readers += 1;
      if (readers === 2) bothHaveRead.resolve();
      await bothHaveRead.promise;
    });

    const answers = await Promise.all([put(fleet, 'acme', { branch: 'a' }), put(fleet, 'acme', { branch: 'b' })]);

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  });
});

describe('a repository', () => {
  it('has one customer, however it is written', async () => {
    const fleet = await given();
    await put(fleet);

    const problem = await expectProblem(put(fleet, 'other', { owner: 'ACME', branch: 'b' }), {
      status: 409,
      code: 'repository-taken',
    });

    expect(problem['errors']).toMatchObject([{ pointer: '/repository' }]);
    expect(JSON.stringify(problem)).not.toContain('acme');
    await expectProblem(fleet.call('GET', '/v1/customers/other'), { status: 404, code: 'not-found' });
  });

  it('has one customer of many that ask for it at once', async () => {
    const fleet = await given();

    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => put(fleet, `customer-${n}`)));

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array.from({ length: 7 }, () => 409),
    ]);
  });

  it('that was changed is free for others, and the new one is not', async () => {
    const fleet = await given();
    await put(fleet);

    expect((await put(fleet, 'acme', { name: 'new' })).status).toBe(200);

    expect((await put(fleet, 'other')).status).toBe(201);
    await expectProblem(put(fleet, 'third', { name: 'new' }), { status: 409, code: 'repository-taken' });
  });

  it('that a cluster still reads stays with its customer', async () => {
    const fleet = await given();
    await put(fleet);
    await fleet.registry.putCluster(clusterRecord());
    await fleet.registry.createRuntime('acme', 'production');
    const holder = { customer: 'acme', cluster: 'production', operationId: 'op-1' };
    await fleet.registry.claim(holder);
    const { repository } = customerSpec;
    await fleet.registry.recordResult(holder, {
      operationId: 'op-1',
      at: fleet.clock.now().toISOString(),
      fluxVersion: '2.9.2',
      revision: 'main@sha1:0123456789012345678901234567890123456789',
      keyFingerprint: 'SHA256:abc',
      repositoryName: repositoryUniqueName(repository),
      repositoryUrl: 'ssh://git@git.example/acme/infrastructure.git',
      incarnation: { createdAt: '2026-01-01T00:00:00.000Z', kubeSystemUid: 'uid' },
    });
    await fleet.registry.release(holder);

    expect((await put(fleet, 'acme', { name: 'new' })).status).toBe(200);

    await expectProblem(put(fleet, 'other'), { status: 409, code: 'repository-taken' });
    fleet.clock.advance(60 * 60_000);
    await expectProblem(put(fleet, 'other'), { status: 409, code: 'repository-taken' });
    expect((await put(fleet)).status).toBe(200);
  });

  it('that is changed is freed last: until the customer has the new one, the old one is still taken', async () => {
    const fleet = await given();
    await put(fleet);
    fleet.faults.registry.fail('putCustomer', { when: 'before', error: new Crash('putCustomer') });

    expect((await put(fleet, 'acme', { name: 'new' })).status).toBe(500);

    await expectProblem(put(fleet, 'other'), { status: 409, code: 'repository-taken' });
    await expectProblem(put(fleet, 'other', { name: 'new' }), { status: 409, code: 'repository-taken' });
    expect((await put(fleet, 'acme', { name: 'new' })).status).toBe(200);
  });

  it('whose name was taken by a request that died is free after five minutes', async () => {
    const fleet = await given();
    fleet.faults.registry.fail('putCustomer', { when: 'before', error: new Crash('putCustomer') });
    expect((await put(fleet)).status).toBe(500);

    fleet.clock.advance(5 * 60_000 - 10);
    await expectProblem(put(fleet, 'other'), { status: 409, code: 'repository-taken' });
    fleet.clock.advance(10);
    expect((await put(fleet, 'other')).status).toBe(201);
    await expectProblem(put(fleet), { status: 409, code: 'repository-taken' });
  });

  it('that is in use is not taken over, however long ago it was taken', async () => {
    const fleet = await given();
    await put(fleet);
    fleet.clock.advance(365 * 86_400_000);

    await expectProblem(put(fleet, 'other'), { status: 409, code: 'repository-taken' });
  });

  it('whose old name was not freed any more is free for others after a while', async () => {
    const fleet = await given();
    await put(fleet);
    fleet.faults.registry.fail('freeUnique', { when: 'before', error: new Crash('freeUnique') });
    expect((await put(fleet, 'acme', { name: 'new' })).status).toBe(500);
    expect(await fleet.registry.getCustomer('acme')).toMatchObject({ spec: { repository: { name: 'new' } } });

    await expectProblem(put(fleet, 'other'), { status: 409, code: 'repository-taken' });
    fleet.clock.advance(5 * 60_000);
    expect((await put(fleet, 'other')).status).toBe(201);
  });

  it('is not changed while an operation works with it, and everything else is', async () => {
    const fleet = await given();
    await fleet.register();
    const operation = await operationOf(await fleet.call('POST', `${clusterPath}/bootstrap`));

    const answer = await put(fleet, 'acme', { name: 'new' });

    expect(answer.headers.get('location')).toBe(`/prod/v1/customers/acme/operations/${operation.id}`);
    await expectProblem(answer, { status: 409, code: 'operation-in-progress' });
    const body = { ...customerSpec, displayName: 'Acme Ltd' };
    expect((await fleet.call('PUT', path, { body })).status).toBe(200);
    await fleet.operations.end(operation.id, ['PENDING'], { state: 'FAILED', at: '2027-01-01T00:00:00.000Z' });
    expect((await put(fleet, 'acme', { name: 'new' })).status).toBe(200);
  });
});

describe('an operation that began while the repository was changed', () => {
  it('keeps the old name taken until it has ended', async () => {
    const fleet = await given();
    await fleet.register();
    fleet.faults.registry.onCall('putCustomer', async () => {
      await fleet.call('POST', `${clusterPath}/bootstrap`);
    });

    expect((await put(fleet, 'acme', { name: 'new' })).status).toBe(200);

    fleet.clock.advance(10 * 60_000);
    await expectProblem(put(fleet, 'other'), { status: 409, code: 'repository-taken' });
    const [id = ''] = await fleet.operations.listOpen(1);
    await fleet.operations.end(id, ['PENDING'], { state: 'FAILED', at: fleet.clock.now().toISOString() });
    fleet.faults.registry.onCall('putCustomer', () => undefined);
    expect((await put(fleet, 'other')).status).toBe(201);
  });
});

describe('answers of the store that are lost', () => {
  it('change nothing of how customers are registered', async () => {
    const fleet = makeFleet(losingAnswers(await dynamo.table()));

    expect((await put(fleet)).status).toBe(201);
    expect((await put(fleet, 'acme', { name: 'new' })).status).toBe(200);
    expect((await put(fleet, 'other')).status).toBe(201);
  });
});
