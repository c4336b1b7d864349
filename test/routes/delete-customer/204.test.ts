import { expect, it } from 'vitest';
import { customerSpec } from '../../support/fleet.ts';
import { eventsOf } from '../../support/lists.ts';
import { expectProblem } from '../../support/problems.ts';
import {
  accountPath,
  customerPath,
  etagOf,
  putAccount,
  putCluster,
  putCustomer,
  useFleets,
} from '../../support/route-fleet.ts';
import { clusterPath } from '../../support/fleet.ts';

const fleets = useFleets();

it('forgets the customer and answers without a body', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);

  const answer = await fleet.call('DELETE', customerPath);

  expect([answer.status, await answer.text()]).toEqual([204, '']);
  await expectProblem(fleet.call('GET', customerPath), { status: 404, code: 'not-found' });
  expect(await fleet.registry.getCustomer('acme')).toBeUndefined();
});

it('frees the repository at once', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);

  await fleet.call('DELETE', customerPath);

  expect((await putCustomer(fleet, 'other')).status).toBe(201);
});

it('forgets a customer whose clusters and accounts were deleted', async () => {
  const fleet = await fleets.registered();
  for (const path of [clusterPath, accountPath]) expect((await fleet.call('DELETE', path)).status).toBe(204);

  expect((await fleet.call('DELETE', customerPath)).status).toBe(204);
});

it('forgets what was read, under If-Match', async () => {
  const fleet = await fleets.empty();
  const etag = await etagOf(putCustomer(fleet));

  const answer = await fleet.call('DELETE', customerPath, { headers: { 'if-match': etag } });

  expect(answer.status).toBe(204);
});

it('tells of it with what there was, readable ever after', async () => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  fleet.clock.advance(1);

  const answer = await fleet.call('DELETE', customerPath);

  const events = await eventsOf(fleet);
  expect(events.map(({ type }) => type)).toEqual(['customer.deleted', 'customer.created']);
  expect(events[0]).toMatchObject({ before: customerSpec, requestId: answer.headers.get('x-request-id') });
  expect(events[0]).not.toHaveProperty('after');
});

it('leaves nothing behind that a new customer of that id would inherit', async () => {
  const fleet = await fleets.registered();
  for (const path of [clusterPath, accountPath, customerPath]) await fleet.call('DELETE', path);

  await putCustomer(fleet);

  await expectProblem(fleet.call('GET', accountPath), { status: 404, code: 'not-found' });
  await expectProblem(fleet.call('GET', clusterPath), { status: 404, code: 'not-found' });
  expect((await putAccount(fleet)).status).toBe(201);
  expect((await putCluster(fleet)).status).toBe(201);
});
