import { expect, it } from 'vitest';
import { fluxDefaults } from '../../../src/flux-bootstrap/flux-options.ts';
import { resourceOf } from '../../support/answers.ts';
import { clusterPath, clusterSpec } from '../../support/fleet.ts';
import { eventsOf } from '../../support/lists.ts';
import { leaveSomething, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('creates the cluster: spec as it was written, defaults in status.effective', async () => {
  const fleet = await fleets.withTwoCustomers();

  const created = await putCluster(fleet);

  expect(created.status).toBe(201);
  expect(created.headers.get('location')).toBe(`/prod${clusterPath}`);
  const body = await resourceOf(created);
  expect(body.spec).toEqual(clusterSpec);
  expect(body.status).toEqual({
    effective: { ...clusterSpec, labels: {}, access: 'managed', flux: { ...fluxDefaults, version: '2.9.2' } },
    state: 'REGISTERED',
    leavings: [],
  });
  expect(await (await fleet.call('GET', clusterPath)).json()).toEqual(body);
});

it('creates under If-None-Match: *', async () => {
  const fleet = await fleets.withTwoCustomers();

  expect((await putCluster(fleet, {}, { headers: { 'if-none-match': '*' } })).status).toBe(201);
});

it('takes every option of Flux', async () => {
  const fleet = await fleets.withTwoCustomers();
  const options = {
    components: ['source-controller', 'kustomize-controller'],
    extraComponents: ['image-reflector-controller'],
    registry: 'registry.example:5000/mirror/fluxcd',
    imagePullSecret: 'pull',
    ...{ networkPolicy: false, logLevel: 'debug', clusterDomain: 'cluster.internal', watchAllNamespaces: false },
    ...{ tolerationKeys: ['dedicated', 'example.com/flux'], interval: '1h30m', compute: 'fargate' },
  };

  const created = await putCluster(fleet, { flux: { version: '2.9.2', ...options } });

  expect(created.status).toBe(201);
  expect(await created.json()).toMatchObject({ status: { effective: { flux: options } } });
});

it('creates anew what was deleted, with nothing of what was known of it', async () => {
  const fleet = await fleets.registered();
  await leaveSomething(fleet);
  await fleet.call('DELETE', `${clusterPath}?abandon=true`);

  const created = await putCluster(fleet);

  expect(created.status).toBe(201);
  const { status, createdAt } = await resourceOf(await fleet.call('GET', clusterPath));
  expect(createdAt).toBe(fleet.clock.now().toISOString());
  expect(status).toMatchObject({ state: 'REGISTERED', leavings: [] });
  expect(status).not.toHaveProperty('lastOperation');
  expect((await fleet.call('POST', `${clusterPath}/bootstrap`)).status).toBe(202);
});

it('tells of it in the events', async () => {
  const fleet = await fleets.withTwoCustomers();

  const created = await putCluster(fleet);

  const [event] = await eventsOf(fleet);
  expect(event).toMatchObject({ type: 'cluster.created', resource: clusterPath, after: clusterSpec });
  expect(event?.requestId).toBe(created.headers.get('x-request-id'));
});
