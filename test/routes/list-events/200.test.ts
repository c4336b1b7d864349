import { expect, it } from 'vitest';
import { caller, clusterPath, clusterSpec } from '../../support/fleet.ts';
import { eventsOf, eventTypesOf, pagesOf } from '../../support/lists.ts';
import {
  accountPath,
  customerPath,
  putAccount,
  putCluster,
  putCustomer,
  runToEnd,
  startBootstrap,
  useFleets,
} from '../../support/route-fleet.ts';

const fleets = useFleets();

/** Each change a moment after the one before. */
async function given() {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  await putAccount(fleet);
  await putCluster(fleet);
  const changed = await putCluster(fleet, { environment: 'a' });
  const changedAt = fleet.clock.now().toISOString();
  const { id } = await startBootstrap(fleet);
  await runToEnd(fleet, id, 'FAILED');
  return { fleet, changed, changedAt, id };
}

const all = [
  ...['operation.ended', 'operation.accepted'],
  ...['cluster.updated', 'cluster.created', 'account.created', 'customer.created'],
];

it('tells who changed what and when, the newest first', async () => {
  const { fleet, changed, changedAt } = await given();

  const events = await eventsOf(fleet);

  expect(events.map(({ type }) => type)).toEqual(all);
  expect(events[2]).toEqual({
    id: expect.stringMatching(new RegExp(`^${changedAt}_`)) as unknown,
    at: changedAt,
    customer: 'acme',
    type: 'cluster.updated',
    resource: clusterPath,
    caller,
    requestId: changed.headers.get('x-request-id'),
    before: clusterSpec,
    after: { ...clusterSpec, environment: 'a' },
  });
});

it('tells what an operation came to, as a change of its own', async () => {
  const { fleet, id } = await given();

  const [event] = await eventsOf(fleet);

  expect(event).toMatchObject({
    type: 'operation.ended',
    resource: `${customerPath}/operations/${id}`,
    caller: 'fleet-api',
    before: { state: 'RUNNING' },
    after: { kind: 'bootstrap-cluster', cluster: 'production', state: 'FAILED', failure: { step: 'preflight' } },
  });
});

it('holds no secret', async () => {
  const { fleet } = await given();
  const { externalId } = (await fleet.registry.getCustomer('acme')) ?? {};

  expect(JSON.stringify(await eventsOf(fleet))).not.toContain(`"${externalId}"`);
});

it('lists with a filter what fits, and with several what fits all', async () => {
  const { fleet, changedAt, id } = await given();
  const operation = encodeURIComponent(`${customerPath}/operations/${id}`);

  expect(await eventTypesOf(fleet, '?type=account.created')).toEqual(['account.created']);
  expect(await eventTypesOf(fleet, '?type=account.deleted')).toEqual([]);
  expect(await eventTypesOf(fleet, '?caller=fleet-api')).toEqual(['operation.ended']);
  expect(await eventTypesOf(fleet, `?caller=${encodeURIComponent(caller)}`)).toEqual(all.slice(1));
  expect(await eventTypesOf(fleet, `?resource=${encodeURIComponent(clusterPath)}`)).toEqual(all.slice(2, 4));
  expect(await eventTypesOf(fleet, `?resource=${operation}`)).toEqual(all.slice(0, 2));
  expect(await eventTypesOf(fleet, `?resource=${operation}&caller=fleet-api`)).toEqual(['operation.ended']);
  expect(await eventTypesOf(fleet, `?since=${changedAt}`)).toEqual(all.slice(0, 3));
  expect(await eventTypesOf(fleet, `?until=${changedAt}`)).toEqual(all.slice(2));
  expect(await eventTypesOf(fleet, `?since=${changedAt}&until=${changedAt}`)).toEqual(['cluster.updated']);
});

it('takes times of any zone', async () => {
  const { fleet, changedAt } = await given();
  const moved = new Date(Date.parse(changedAt) + 2 * 3_600_000).toISOString().replace('Z', '+02:00');

  const at = encodeURIComponent(moved);

  expect(await eventTypesOf(fleet, `?since=${at}&until=${at}`)).toEqual(['cluster.updated']);
});

it('gives pages', async () => {
  const { fleet } = await given();
  const { length } = await eventsOf(fleet);

  const pages = await pagesOf(fleet, `${customerPath}/events?pageSize=4`);

  expect(pages.map((page) => page.length)).toEqual([4, length - 4]);
  expect(pages.flat()).toEqual((await eventsOf(fleet)).map(({ id }) => id));
});

it('tells nothing of a request that changed nothing', async () => {
  const { fleet } = await given();
  const before = await eventsOf(fleet);

  await putAccount(fleet);
  await putCluster(fleet, { region: 'eu-central-1' });
  await putCustomer(fleet, 'acme', { headers: { 'if-none-match': '*' } });
  await fleet.call('DELETE', customerPath);

  expect(await eventsOf(fleet)).toEqual(before);
});

it('stays readable when everything was deleted, and goes on when the customer is made anew', async () => {
  const { fleet } = await given();
  for (const path of [`${clusterPath}?abandon=true`, accountPath, customerPath]) {
    fleet.clock.advance(1);
    await fleet.call('DELETE', path);
  }
  const gone = ['customer.deleted', 'account.deleted', 'cluster.deleted', ...all];
  expect(await eventTypesOf(fleet)).toEqual(gone);

  await putCustomer(fleet);

  expect(await eventTypesOf(fleet)).toEqual(['customer.created', ...gone]);
});

it('tells nothing of another customer', async () => {
  const { fleet } = await given();
  await putCustomer(fleet, 'other', { name: 'other' });

  expect(await eventTypesOf(fleet, '', 'other')).toEqual(['customer.created']);
  expect(await eventTypesOf(fleet)).toEqual(all);
});
