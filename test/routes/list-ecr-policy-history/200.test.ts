import { expect, it } from 'vitest';
import { pagesOf, readList } from '../../support/lists.ts';
import { historyPath, keepPolicy, keptPolicy, putAccount, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const path = `${historyPath}?repository=team/api`;
const second = { id: '20270101T000001.000Z_id2', at: '2027-01-01T00:00:01.000Z' };

async function given() {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  await putAccount(fleet);
  await keepPolicy(fleet);
  await keepPolicy(fleet, { ...second, text: undefined });
  return fleet;
}

it('lists what the policy was before each write, the newest first, as documents', async () => {
  const fleet = await given();

  const { items } = await readList(fleet, path);

  expect(items).toEqual([
    { ...second, operation: 'op-1', policy: null },
    { id: keptPolicy.id, at: keptPolicy.at, operation: 'op-1', policy: { Version: '2012-10-17', Statement: [] } },
  ]);
});

it('gives pages', async () => {
  const fleet = await given();

  const pages = await pagesOf(fleet, `${path}&pageSize=1`);

  expect(pages.filter(({ length }) => length > 0)).toEqual([[second.id], [keptPolicy.id]]);
});

it('lists nothing of another repository, or another region', async () => {
  const fleet = await given();

  expect(await readList(fleet, `${historyPath}?repository=team/web`)).toEqual({ items: [] });
  expect(await readList(fleet, path.replace('eu-west-1', 'eu-central-1'))).toEqual({ items: [] });
});

it('forgets a policy after 90 days', async () => {
  const fleet = await fleets.registered();
  await keepPolicy(fleet, { at: fleet.clock.now().toISOString() });

  fleet.clock.advance(90 * 24 * 3_600_000 + 1000);

  expect(await readList(fleet, path)).toEqual({ items: [] });
});
