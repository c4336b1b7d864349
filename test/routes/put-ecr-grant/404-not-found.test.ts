import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { sendGrant, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('declares no grant of a customer that is not registered', async () => {
  const fleet = await fleets.empty();

  await expectProblem(sendGrant(fleet), { status: 404, code: 'not-found' });

  expect(fleet.table.allItems()).toEqual([]);
});
