import { describe, expect, it } from 'vitest';
import { bootstrapSteps } from '../../src/operations/operation.ts';
import { bootstrapEngine } from '../support/bootstrap-engine.ts';
import { useDynalite } from '../support/fleet-table.ts';
import { acme, clusterPath, makeFleet } from '../support/fleet.ts';

const dynamo = useDynalite();

async function given() {
  const table = await dynamo.table();
  const fleet = makeFleet(table);
  await fleet.register();
  return { table, fleet, engine: await bootstrapEngine(fleet) };
}

describe('a bootstrap', () => {
  it('ends SUCCEEDED with evidence in every step', async () => {
    const { fleet, engine } = await given();

    const operation = await engine.bootstrap();

    expect(operation).toMatchObject({ state: 'SUCCEEDED' });
    for (const name of bootstrapSteps) {
      expect(operation.steps[name], name).toMatchObject({ state: 'SUCCEEDED', attempt: 1 });
      expect(operation.steps[name]?.evidence, name).not.toEqual({});
    }
    expect(fleet.git.repository(acme).deployKeys).toHaveLength(1);
    expect(clusterPath).toBe(clusterPath);
  });
});
