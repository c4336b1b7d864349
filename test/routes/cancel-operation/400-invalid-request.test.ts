import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('takes no body, and cancels nothing for one who sends it', async () => {
  const { fleet, path } = await fleets.operating();

  const answer = fleet.call('POST', `${path}/cancel`, { body: { force: true } });

  await expectProblem(answer, { status: 400, code: 'invalid-request' });
  expect(await (await fleet.call('GET', path)).json()).toMatchObject({ state: 'PENDING' });
});
