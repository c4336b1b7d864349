import { expect, it } from 'vitest';
import { readList } from '../../support/lists.ts';
import { grant, grantPath, keepResult, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const path = `${grantPath}/repositories`;

async function given() {
  const fleet = await fleets.registered();
  await grant(fleet);
  await keepResult(fleet, 'team/web', { state: 'MISSING' });
  await keepResult(fleet, 'team/api');
  return fleet;
}

it('lists what became of the grant at each repository, in the order of their names', async () => {
  const fleet = await given();

  const { items } = await readList(fleet, path);

  const at = fleet.clock.now().toISOString();
  expect(items).toEqual([
    { repository: 'team/api', state: 'APPLIED', at },
    { repository: 'team/web', state: 'MISSING', at },
  ]);
});

it('gives pages', async () => {
  const fleet = await given();

  const first = await readList<{ readonly repository: string }>(fleet, `${path}?pageSize=1`);
  const second = await readList<{ readonly repository: string }>(
    fleet,
    `${path}?pageSize=1&pageToken=${first.nextPageToken}`,
  );

  expect([first, second].map(({ items }) => items.map(({ repository }) => repository))).toEqual([
    ['team/api'],
    ['team/web'],
  ]);
});

it('lists nothing of another grant, and nothing before anything was done', async () => {
  const fleet = await given();
  await grant(fleet, {}, { path: grantPath.replace('staging-pull', 'other') });

  expect(await readList(fleet, path.replace('staging-pull', 'other'))).toEqual({ items: [] });
});
