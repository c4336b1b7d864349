import { describe, expect, it } from 'vitest';
import type { FluxStatus } from '../../src/flux-bootstrap/flux-status.service.ts';
import { bootstrapEngine } from '../support/bootstrap-engine.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { clusterPath, makeFleet } from '../support/fleet.ts';

async function bootstrapped() {
  const fleet = makeFleet(createMemoryTable());
  await fleet.register();
  const engine = await bootstrapEngine(fleet);
  const { state } = await engine.bootstrap();
  expect(state).toBe('SUCCEEDED');
  const look = async () => {
    const answer = await fleet.call('GET', `${clusterPath}/flux`);
    expect(answer.status).toBe(200);
    return (await answer.json()) as FluxStatus;
  };
  return { fleet, look };
}

describe('a cluster that no longer answers', () => {
  it('is written down once, and once more when it answers again', async () => {
    const { fleet, look } = await bootstrapped();
    const writes = () => fleet.faults.registry.calls.filter((name) => name === 'recordObservation').length;
    const entries = [...fleet.cluster.entries];
    fleet.cluster.entries.clear();
    await look();
    await look();
    expect(writes()).toBe(1);

    for (const entry of entries) fleet.cluster.entries.add(entry);
    await look();
    await look();

    expect(writes()).toBe(2);
    expect((await fleet.registry.getRuntime('acme', 'production'))?.observation).not.toHaveProperty('unreachableSince');
  });
});
