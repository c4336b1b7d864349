import { expect, it } from 'vitest';
import { grantSpec } from '../../support/fleet.ts';
import { idsOf, pagesOf, readList } from '../../support/lists.ts';
import { customerPath, grant, grantPath, otherPath, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const path = `${customerPath}/ecr-grants`;

async function given() {
  const fleet = await fleets.withTwoCustomers();
  for (const id of ['web-push', 'all', 'staging-pull']) await grant(fleet, {}, { path: `${path}/${id}` });
  return fleet;
}

it("lists the customer's grants in the order of their ids, as they were declared", async () => {
  const fleet = await given();

  const { items } = await readList(fleet, path);

  expect(items.map(({ id }) => id)).toEqual(['all', 'staging-pull', 'web-push']);
  const at = expect.any(String);
  expect(items[1]).toEqual({ id: 'staging-pull', spec: grantSpec, createdAt: at, updatedAt: at });
});

it('gives pages', async () => {
  const fleet = await given();

  expect(await pagesOf(fleet, `${path}?pageSize=2`)).toEqual([['all', 'staging-pull'], ['web-push']]);
});

it('lists nothing of another customer', async () => {
  const fleet = await given();

  expect(await idsOf(fleet, `${otherPath}/ecr-grants`)).toEqual([]);
});

it('lists one that is being withdrawn until it is gone', async () => {
  const fleet = await given();
  await fleet.call('DELETE', grantPath);

  expect(await idsOf(fleet, path)).toContain('staging-pull');
});
