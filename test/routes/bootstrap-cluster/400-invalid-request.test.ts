import { expect, it } from 'vitest';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const invalid = { status: 400, code: 'invalid-request' };

it.each<[string, object]>([
  ['/force', { force: true }],
  ['/allowPrune', { allowPrune: 'true' }],
  ['/replace', { replace: 1 }],
])('refuses a body at %s, and begins nothing', async (pointer, body) => {
  const fleet = await fleets.registered();

  const problem = await expectProblem(fleet.call('POST', `${clusterPath}/bootstrap`, { body }), invalid);

  expect(problem['errors']).toMatchObject([{ pointer }]);
  expect(await fleet.operations.listOpen(10)).toEqual([]);
});

it.each(['', 'x'.repeat(256), 'two words'])('refuses the Idempotency-Key "%s"', async (key) => {
  const fleet = await fleets.registered();

  await expectProblem(fleet.call('POST', `${clusterPath}/bootstrap`, { headers: { 'idempotency-key': key } }), invalid);

  expect(await fleet.operations.listOpen(10)).toEqual([]);
});

it('takes an Idempotency-Key of 255 characters', async () => {
  const fleet = await fleets.registered();
  const headers = { 'idempotency-key': 'x'.repeat(255) };

  expect((await fleet.call('POST', `${clusterPath}/bootstrap`, { headers })).status).toBe(202);
});
