import { expect, it } from 'vitest';
import { useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('answers with the contract as YAML', async () => {
  const fleet = await fleets.empty();

  const answer = await fleet.call('GET', '/openapi.yaml');

  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/yaml']);
  expect(await answer.text()).toBe('openapi: 3.1.0');
});

it('asks no store', async () => {
  const fleet = await fleets.empty();

  await fleet.call('GET', '/openapi.yaml');

  expect([...fleet.faults.registry.calls, ...fleet.faults.operations.calls]).toEqual([]);
});
