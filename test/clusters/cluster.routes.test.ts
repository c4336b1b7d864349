import { describe, expect, it } from 'vitest';
import { fluxDefaults } from '../../src/flux-bootstrap/flux-options.ts';
import { resourceOf } from '../support/answers.ts';
import { Crash } from '../support/faults.ts';
import { losingAnswers, useDynalite } from '../support/fleet-table.ts';
import { account, clusterPath, clusterSpec, customerSpec, makeFleet } from '../support/fleet.ts';
import type { Fleet } from '../support/fleet.ts';
import { expectProblem } from '../support/problems.ts';

const dynamo = useDynalite();

async function given(table = dynamo.table()) {
  const fleet = makeFleet(await table);
  for (const [customer, name] of [
    ['acme', 'infrastructure'],
    ['other', 'other'],
  ]) {
    const body = { ...customerSpec, repository: { ...customerSpec.repository, name } };
    await fleet.call('PUT', `/v1/customers/${customer}`, { body });
    await fleet.call('PUT', `/v1/customers/${customer}/accounts/${account}`, { body: { alias: 'production' } });
  }
  return fleet;
}

function put(fleet: Fleet, spec: object = {}, { path = clusterPath, headers = {} } = {}): Promise<Response> {
  return fleet.call('PUT', path, { body: { ...clusterSpec, ...spec }, headers });
}

describe('a cluster', () => {
  it('is created: spec as it was written, defaults in status.effective', async () => {
    const fleet = await given();

    const created = await put(fleet);

    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(`/prod${clusterPath}`);
    const body = await resourceOf(created);
    expect(body.spec).toEqual(clusterSpec);
    expect(body.status).toEqual({
      effective: { ...clusterSpec, labels: {}, access: 'managed', flux: { ...fluxDefaults, version: '2.9.2' } },
    });
    expect(await (await fleet.call('GET', clusterPath)).json()).toEqual(body);
  });

  it('takes back what GET gave, and nothing changes', async () => {
    const fleet = await given();
    await put(fleet, { labels: { tier: 'gold' } });
    const read = await fleet.call('GET', clusterPath);
    fleet.faults.registry.calls.length = 0;

    const again = await fleet.call('PUT', clusterPath, { body: (await resourceOf(read)).spec });

    expect([again.status, again.headers.get('etag')]).toEqual([200, read.headers.get('etag')]);
    expect(fleet.faults.registry.calls.filter((call) => !call.startsWith('get'))).toEqual([]);
  });

  it('is changed, but for what says which EKS cluster it is', async () => {
    const fleet = await given();
    await put(fleet);

    expect((await put(fleet, { flux: { version: '2.9.3' } })).status).toBe(200);
    const changes = { region: 'eu-central-1', eksName: 'another' };
    const problem = await expectProblem(put(fleet, changes), { status: 409, code: 'immutable-field' });

    expect(problem['errors']).toEqual([
      { pointer: '/region', detail: 'is eu-west-1 and cannot change' },
      { pointer: '/eksName', detail: 'is production and cannot change' },
    ]);
  });

  it('is changed under the conditions of the request', async () => {
    const fleet = await given();
    const etag = (await put(fleet, {}, { headers: { 'if-none-match': '*' } })).headers.get('etag') ?? '';

    await expectProblem(put(fleet, {}, { headers: { 'if-none-match': '*' } }), {
      status: 412,
      code: 'precondition-failed',
    });
    expect((await put(fleet, { environment: 'a' }, { headers: { 'if-match': etag } })).status).toBe(200);
    await expectProblem(put(fleet, {}, { headers: { 'if-match': etag } }), {
      status: 412,
      code: 'precondition-failed',
    });
  });

  it('needs its customer, and an account of that customer', async () => {
    const fleet = await given();

    await expectProblem(put(fleet, {}, { path: '/v1/customers/nobody/clusters/a' }), {
      status: 404,
      code: 'not-found',
    });
    const problem = await expectProblem(put(fleet, { accountId: '999900001111' }), {
      status: 400,
      code: 'invalid-request',
    });
    expect(problem['errors']).toMatchObject([{ pointer: '/accountId' }]);
  });

  it('of another customer does not exist', async () => {
    const fleet = await given();
    await put(fleet);

    await expectProblem(fleet.call('GET', '/v1/customers/other/clusters/production'), {
      status: 404,
      code: 'not-found',
    });
    expect(fleet.faults.eks.calls).toEqual([]);
  });

  it('shows the operation that has it, and its ETag stays', async () => {
    const fleet = await given();
    const created = await put(fleet);
    await fleet.registry.claim({ customer: 'acme', cluster: 'production', operationId: 'op-1' });

    const read = await fleet.call('GET', clusterPath);

    expect(await read.json()).toMatchObject({ status: { operation: 'op-1' } });
    expect(read.headers.get('etag')).toBe(created.headers.get('etag'));
    expect((await put(fleet, { environment: 'a' })).status).toBe(200);
    expect(await fleet.registry.getRuntime('acme', 'production')).toMatchObject({ claimedBy: 'op-1' });
  });
});

describe('an EKS cluster', () => {
  it.each([
    ['the same customer', '/v1/customers/acme/clusters/second'],
    ['another customer', '/v1/customers/other/clusters/production'],
  ])('has one id in the whole fleet: not a second one of %s', async (_, path) => {
    const fleet = await given();
    await put(fleet);

    await expectProblem(put(fleet, {}, { path }), { status: 409, code: 'cluster-taken' });
    await expectProblem(fleet.call('GET', path), { status: 404, code: 'not-found' });
    expect((await put(fleet, { region: 'eu-central-1' }, { path })).status).toBe(201);
  });

  it('has one id of many that ask for it at once', async () => {
    const fleet = await given();

    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => put(fleet, {}, { path: `/v1/customers/acme/clusters/c${n}` })),
    );

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
  });

  it.each(['createRuntime', 'putCluster'] as const)(
    'whose request died at %s is registered by the same request again',
    async (method) => {
      const fleet = await given();
      fleet.faults.registry.fail(method, { when: 'before', error: new Crash(method) });
      expect((await put(fleet)).status).toBe(500);

      expect((await put(fleet)).status).toBe(201);
      expect(await fleet.registry.claim({ customer: 'acme', cluster: 'production', operationId: 'op-1' })).toEqual({
        kind: 'claimed',
      });
    },
  );

  it('whose name was taken by a request that died is free for another id after five minutes', async () => {
    const fleet = await given();
    fleet.faults.registry.fail('putCluster', { when: 'before', error: new Crash('putCluster') });
    expect((await put(fleet)).status).toBe(500);
    const path = '/v1/customers/other/clusters/theirs';

    await expectProblem(put(fleet, {}, { path }), { status: 409, code: 'cluster-taken' });
    fleet.clock.advance(5 * 60_000);
    expect((await put(fleet, {}, { path })).status).toBe(201);
  });

  it('can be claimed whenever it can be seen', async () => {
    const fleet = await given();
    let runtime: unknown;
    fleet.faults.registry.onCall('putCluster', async () => {
      runtime = await fleet.registry.getRuntime('acme', 'production');
    });

    await put(fleet);

    expect(runtime).toEqual({ customer: 'acme', cluster: 'production' });
  });

  it('is registered all the same when answers of the store are lost', async () => {
    const fleet = await given(
      dynamo.table().then((table) => ({ ...losingAnswers(table), name: '', allItems: table.allItems })),
    );

    expect((await put(fleet)).status).toBe(201);
    expect((await put(fleet, { environment: 'a' })).status).toBe(200);
  });
});

describe('a spec', () => {
  const flux = (fields: object) => ({ flux: { version: '2.9.2', ...fields } });

  it.each<[string, object]>([
    ['/accountId', { accountId: '1' }],
    ['/region', { region: 'Europe' }],
    ['/eksName', { eksName: '-a' }],
    ['/environment', { environment: '' }],
    ['/labels/tier', { labels: { tier: 'go/ld' } }],
    ['/access', { access: 'root' }],
    ['/unknown', { unknown: 1 }],
    ['/flux/unknown', flux({ unknown: 1 })],
    ['/flux/version', flux({ version: 'v2.9.2' })],
    ['/flux/version', flux({ version: 'latest' })],
    ['/flux/components', flux({ components: ['helm-controller'] })],
    ['/flux/components', flux({ components: ['source-controller', 'kustomize-controller', 'source-controller'] })],
    ['/flux/components/0', flux({ components: ['sauce-controller'] })],
    ['/flux/extraComponents/0', flux({ extraComponents: ['helm-controller'] })],
    ['/flux/registry', flux({ registry: 'https://ghcr.io' })],
    ['/flux/imagePullSecret', flux({ imagePullSecret: 'Not A Name' })],
    ['/flux/networkPolicy', flux({ networkPolicy: 'no' })],
    ['/flux/logLevel', flux({ logLevel: 'trace' })],
    ['/flux/clusterDomain', flux({ clusterDomain: 'cluster.local.' })],
    ['/flux/tolerationKeys/0', flux({ tolerationKeys: ['a b'] })],
    ['/flux/watchAllNamespaces', flux({ watchAllNamespaces: 1 })],
    ['/flux/interval', flux({ interval: '60' })],
    ['/flux/compute', flux({ compute: 'ec2' })],
  ])('is refused at %s: %o', async (pointer, spec) => {
    const fleet = await given();

    const problem = await expectProblem(put(fleet, spec), { status: 400, code: 'invalid-request' });

    expect(problem['errors']).toMatchObject([{ pointer }]);
    expect(problem['detail']).toContain(pointer);
  });

  it('names every fault at once, with pointers as RFC 6901 writes them', async () => {
    const fleet = await given();

    const problem = await expectProblem(put(fleet, { region: '', 'a/b~c': 1 }), {
      status: 400,
      code: 'invalid-request',
    });

    expect(problem['errors']).toHaveLength(2);
    expect(problem['errors']).toContainEqual({ pointer: '/a~1b~0c', detail: 'is not a field of this resource' });
  });

  it('takes every option of Flux', async () => {
    const fleet = await given();
    const options = {
      components: ['source-controller', 'kustomize-controller'],
      extraComponents: ['image-reflector-controller'],
      registry: 'registry.example:5000/mirror/fluxcd',
      imagePullSecret: 'pull',
      ...{ networkPolicy: false, logLevel: 'debug', clusterDomain: 'cluster.internal', watchAllNamespaces: false },
      ...{ tolerationKeys: ['dedicated', 'example.com/flux'], interval: '1h30m', compute: 'fargate' },
    };

    const created = await put(fleet, flux(options));

    expect(created.status).toBe(201);
    expect(await created.json()).toMatchObject({ status: { effective: { flux: options } } });
  });
});
