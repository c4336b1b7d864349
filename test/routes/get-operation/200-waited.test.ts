import { expect, it } from 'vitest';
import { operationOf } from '../../support/answers.ts';
import { setState } from '../../support/operations.ts';
import { runToEnd, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

async function given() {
  const { fleet, id, path } = await fleets.operating();
  fleet.faults.operations.calls.length = 0;
  const get = (prefer: string) => fleet.call('GET', path, { headers: { prefer } });
  const looks = () => fleet.faults.operations.calls.filter((call) => call === 'get').length;
  return { fleet, id, get, looks };
}

it('is over as soon as the operation rests', async () => {
  const { fleet, id, get, looks } = await given();
  fleet.faults.operations.onCall('get', async () => {
    if (looks() !== 2) return;
    await fleet.operations.end(id, ['PENDING'], { state: 'FAILED', at: fleet.clock.now().toISOString() });
  });
  const begun = performance.now();

  const answer = await get('wait=25');

  expect(await operationOf(answer)).toMatchObject({ state: 'FAILED' });
  expect(looks()).toBe(2);
  expect(performance.now() - begun).toBeLessThan(10_000);
});

it('does not wait for one that has ended', async () => {
  const { fleet, id, get, looks } = await given();
  await runToEnd(fleet, id);
  fleet.faults.operations.calls.length = 0;

  const answer = await get('wait=25');

  expect(answer.headers.get('retry-after')).toBeNull();
  expect(looks()).toBe(1);
});

it.each(['AWAITING_MERGE', 'AWAITING_REGISTRATION'] as const)(
  'does not wait for one that waits for a person: %s',
  async (state) => {
    const { fleet, id, get, looks } = await given();
    await setState(fleet.table, id, state);

    expect(await operationOf(await get('wait=25'))).toMatchObject({ state });
    expect(looks()).toBe(1);
  },
);

it('answers with the operation as it is when the time is over', async () => {
  const { get, looks } = await given();

  const answer = await get('respond-async, wait=1');

  expect(await operationOf(answer)).toMatchObject({ state: 'PENDING' });
  expect(answer.headers.get('retry-after')).toBe('2');
  expect(looks()).toBeGreaterThan(2);
});

it.each(['wait', 'wait=soon', 'wait=-1', 'wait=0', 'handling=strict'])('is not asked for by "%s"', async (prefer) => {
  const { get, looks } = await given();

  expect((await get(prefer)).status).toBe(200);
  expect(looks()).toBe(1);
});
