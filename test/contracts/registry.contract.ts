import { beforeEach, describe } from 'vitest';
import type { FleetTable } from '../../src/adapters/fleet-table.ts';
import { createDynamoRegistry } from '../../src/adapters/dynamodb-registry.ts';
import { losingAnswers } from '../support/fleet-table.ts';
import { fleetLists, lists } from './registry-lists.ts';
import { names } from './registry-names.ts';
import { places } from './registry-places.ts';
import { retiring, retiringRaces } from './registry-retiring.ts';
import { claimsOfOthers } from './registry-claims.ts';
import { runtimes } from './registry-runtimes.ts';

/** What the registry promises (src/ports/registry.ts) over a store; each test has a table of its own. */
export function registryContract(name: string, makeTable: () => Promise<FleetTable>): void {
  describe(`registry: ${name}`, () => {
    let table: FleetTable;
    const registries = {
      direct: createDynamoRegistry,
      'answers lost': (over: FleetTable) => createDynamoRegistry(losingAnswers(over)),
    };
    beforeEach(async () => {
      table = await makeTable();
    });

    describe.each(Object.entries(registries))('%s', (_, create) => {
      const registry = () => create(table);
      describe('records', () => {
        places(registry);
      });
      describe('runtimes', () => {
        runtimes(registry);
      });
      describe('claims', () => {
        claimsOfOthers(registry);
      });
      describe('retired runtimes', () => {
        retiring(registry);
      });
      describe('names', () => {
        names(registry);
      });
    });
    describe('retired runtimes', () => {
      retiringRaces(() => ({ table, create: createDynamoRegistry }));
    });
    describe('lists', () => {
      lists(() => createDynamoRegistry(table));
      fleetLists(() => ({ table, create: createDynamoRegistry }));
    });
  });
}
