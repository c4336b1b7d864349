import { describe, expect, it } from 'vitest';
import { useDynalite } from '../support/fleet-table.ts';
import { customerSpec, makeFleet } from '../support/fleet.ts';

const dynamo = useDynalite();

describe('smoke', () => {
  it('registers', async () => {
    const fleet = makeFleet(await dynamo.table());
    await fleet.register();
    const answer = await fleet.call('GET', '/v1/customers/acme');
    expect(await answer.json()).toMatchObject({ id: 'acme', spec: customerSpec });
  });
});
