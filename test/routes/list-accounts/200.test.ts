import { expect, it } from 'vitest';
import { pagesOf, readList } from '../../support/lists.ts';
import { customerPath, otherAccount, otherPath, putAccount, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const path = `${customerPath}/accounts`;

async function given() {
  const fleet = await fleets.withTwoCustomers();
  for (const id of ['999900001111', '000011112222']) await putAccount(fleet, { path: `${path}/${id}` });
  return fleet;
}

it("lists the customer's accounts in the order of their ids, each as GET shows it", async () => {
  const fleet = await given();

  const { items } = await readList(fleet, path);

  expect(items.map(({ id }) => id)).toEqual(['000011112222', '111122223333', '999900001111']);
  expect(items[0]).toEqual(await (await fleet.call('GET', `${path}/000011112222`)).json());
});

it('lists nothing of another customer', async () => {
  const fleet = await given();

  const { items } = await readList(fleet, `${otherPath}/accounts`);

  expect(items.map(({ id }) => id)).toEqual([otherAccount]);
  expect(items[0]).toMatchObject({ status: { externalId: (await fleet.registry.getCustomer('other'))?.externalId } });
});

it('gives pages', async () => {
  const fleet = await given();

  expect(await pagesOf(fleet, `${path}?pageSize=2`)).toEqual([['000011112222', '111122223333'], ['999900001111']]);
});

it('does not list an account that was deleted', async () => {
  const fleet = await given();

  await fleet.call('DELETE', `${path}/111122223333`);

  expect(await pagesOf(fleet, `${path}?pageSize=4`)).toEqual([['000011112222', '999900001111']]);
});
