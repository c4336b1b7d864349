import { expect, it } from 'vitest';
import { idsOf, pagesOf } from '../../support/lists.ts';
import {
  customerPath,
  leaveSomething,
  putAccount,
  putCluster,
  startBootstrap,
  useFleets,
} from '../../support/route-fleet.ts';

const fleets = useFleets();
const path = `${customerPath}/clusters`;

/** Three clusters, of which each filter fits one or two. */
async function given() {
  const fleet = await fleets.withTwoCustomers();
  await putAccount(fleet, { path: `${customerPath}/accounts/999900001111` });
  await putCluster(fleet, { environment: 'production', labels: { tier: 'gold', team: 'web' } });
  await putCluster(
    fleet,
    { eksName: 'stage', environment: 'staging', labels: { tier: 'gold' }, flux: { version: '2.9.1' } },
    { path: `${path}/staging` },
  );
  await putCluster(
    fleet,
    { accountId: '999900001111', region: 'eu-central-1', labels: { tier: '' } },
    { path: `${path}/test` },
  );
  await leaveSomething(fleet, { state: 'FAILED' });
  await startBootstrap(fleet, { path: `${path}/staging` });
  return fleet;
}

it.each<[string, readonly string[]]>([
  ['environment=staging', ['staging']],
  ['region=eu-west-1', ['production', 'staging']],
  ['accountId=999900001111', ['test']],
  ['eksName=production', ['production', 'test']],
  ['status=REGISTERED', ['test']],
  ['status=BOOTSTRAPPING', ['staging']],
  ['status=FAILED', ['production']],
  ['status=BOOTSTRAPPED', []],
  ['fluxVersion=2.9.1', ['staging']],
  ['label=tier=gold', ['production', 'staging']],
  ['label=tier=', ['test']],
  ['label=tier=gold&label=team=web', ['production']],
  ['label=tier=silver', []],
  ['region=eu-west-1&fluxVersion=2.9.2', ['production']],
])('lists with %s what fits: %o', async (query, ids) => {
  const fleet = await given();

  expect(await idsOf(fleet, `${path}?${query}`)).toEqual(ids);
});

it('gives pages of what fits', async () => {
  const fleet = await given();

  expect((await pagesOf(fleet, `${path}?region=eu-west-1&pageSize=1`)).flat()).toEqual(['production', 'staging']);
});
