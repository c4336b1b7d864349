import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { eventsOf } from '../../support/lists.ts';
import { accountPath, etagOf, putAccount, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('replaces what was read, and keeps when it was created', async () => {
  const fleet = await fleets.withTwoCustomers();
  const read = await fleet.call('GET', accountPath);
  const { createdAt } = await resourceOf(read);

  const changed = await putAccount(fleet, { alias: 'live', headers: { 'if-match': await etagOf(read) } });

  expect(changed.status).toBe(200);
  expect(await changed.json()).toMatchObject({
    spec: { alias: 'live' },
    createdAt,
    updatedAt: fleet.clock.now().toISOString(),
  });
  expect(changed.headers.get('etag')).not.toBe(await etagOf(read));
  expect((await fleet.registry.read({ customer: 'acme', accountId: '111122223333' })).account).toMatchObject({
    version: 2,
    record: { spec: { alias: 'live' } },
  });
});

it('tells what it was before and after', async () => {
  const fleet = await fleets.withTwoCustomers();

  await putAccount(fleet, { alias: 'live' });

  const [event] = await eventsOf(fleet);
  expect(event).toMatchObject({ type: 'account.updated', before: { alias: 'production' }, after: { alias: 'live' } });
});
