import { createDynamoRegistry } from '../../../src/adapters/dynamodb-registry.ts';
import { createExecutions } from './execution.ts';
import { faultsOf, historyFaults } from './final-state.ts';
import { createPerson } from './person.ts';
import type { StormCounts } from './storm-rules.ts';
import { createStormWorld, registerCustomer } from './storm-world.ts';
import { watchOnce } from './watch.ts';
import { createWriters, makeRoles, marks, repositories } from './writers.ts';

export interface StormReport extends StormCounts {
  readonly seed: number;
  /** What was ever wrong that must never be, and what is wrong in the end. */
  readonly violations: readonly string[];
  readonly faults: readonly string[];
  /** How many reconciles were needed: policies were not as they must be before them. */
  readonly reconciles: number;
  /** Operations that were accepted and have ended, and how many of them failed. */
  readonly operations: number;
  readonly failed: number;
}

/** 20 writers, a person and replicas that lag behind, in the order that the seed says; at the end two reconciles. */
export async function runStorm(seed: number): Promise<StormReport> {
  const world = createStormWorld({ seed, repositories, marks });
  const run = storm();
  await world.schedule.runUntil(run);
  return run;

  async function storm(): Promise<StormReport> {
    await registerCustomer(createDynamoRegistry(world.table), new Date(world.schedule.now()));
    makeRoles(world);
    const executions = createExecutions(world);
    const person = createPerson(world);
    const hand = person.work();
    await createWriters(world, executions).work();
    await executions.ended();
    const faults = [await faultsOf(world, person, marks)];
    // The person may still be at work, and attempts that were given up.
    await watchOnce(world, executions);
    await hand;
    await executions.quiet();
    await person.lookAfter();
    faults.push(await faultsOf(world, person, marks));
    await watchOnce(world, executions);
    faults.push(await faultsOf(world, person, marks));
    const { rules, unexpected } = world;
    const endings = [...rules.ledger.endings.values()].filter((state) => state !== 'REJECTED');
    return {
      ...{ seed, ...rules.counts, faults: [...(faults.at(-1) ?? []), ...(await historyFaults(world))] },
      reconciles: faults.findIndex((found) => found.length === 0),
      violations: [...rules.violations, ...unexpected.map(String)],
      operations: endings.length,
      failed: endings.filter((state) => state === 'FAILED').length,
    };
  }
}
