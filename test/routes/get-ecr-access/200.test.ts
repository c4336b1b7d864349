import { expect, it } from 'vitest';
import { unavailable } from '../../support/faults.ts';
import { customerPath, putAccount, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const path = `${customerPath}/ecr-registries/111122223333/eu-west-1/access?repository=team/api`;

async function given(policy: string | undefined) {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  await putAccount(fleet);
  fleet.ecr.policies.set('team/api', policy);
  return fleet;
}

it('answers with who has access, and writes nothing anywhere', async () => {
  const statement = { Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage' };
  const fleet = await given(JSON.stringify({ Statement: statement }));
  const items = fleet.table.allItems();

  const answer = await fleet.call('GET', path);

  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({
    reachability: { isReachable: true },
    entries: [{ principal: { type: 'AWS', value: '*' }, access: 'partial', statement: { index: 0, isOurs: false } }],
  });
  expect(fleet.table.allItems()).toEqual(items);
  expect(fleet.faults.ecr.calls).toEqual(['readPolicy']);
});

it('answers without it where AWS does not tell', async () => {
  const fleet = await given(undefined);
  fleet.faults.ecr.fail('readPolicy', { when: 'before', error: unavailable('ecr') });

  const answer = await fleet.call('GET', path);

  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ reachability: { isReachable: false, code: 'aws-unavailable' } });
});

it('answers without it where what is there is no policy', async () => {
  const fleet = await given('{}');

  expect(await (await fleet.call('GET', path)).json()).toMatchObject({
    reachability: { isReachable: false, code: 'policy-unreadable' },
  });
});
