import { beforeEach, describe } from 'vitest';
import { createDynamoEcrRepositories } from '../../src/adapters/dynamodb-ecr-repositories.ts';
import type { FleetTable } from '../../src/adapters/fleet-table.ts';
import { losingAnswers } from '../support/fleet-table.ts';
import { grants } from './ecr-repository-grants.ts';
import { leaseModel, leaseRaces } from './ecr-repository-lease-races.ts';
import { leases } from './ecr-repository-leases.ts';
import { repositoryLists } from './ecr-repository-lists.ts';
import { storeNow } from './ecr-repository-records.ts';
import { unseenRegistries } from './ecr-repository-unseen.ts';
import { policyVersions } from './ecr-repository-versions.ts';

/** What the store of ECR repositories promises (src/ports/ecr-repositories.ts); each test has a table of its own. */
export function ecrRepositoryStoreContract(name: string, makeTable: () => Promise<FleetTable>): void {
  describe(`store of ECR repositories: ${name}`, () => {
    let table: FleetTable;
    const create = (over: FleetTable) => createDynamoEcrRepositories(over, { now: () => new Date(storeNow) });
    const stores = { direct: create, 'answers lost': (over: FleetTable) => create(losingAnswers(over)) };
    beforeEach(async () => {
      table = await makeTable();
    });

    describe.each(Object.entries(stores))('%s', (_, make) => {
      const given = () => ({ table, store: make(table) });
      describe('grants', () => {
        grants(given);
      });
      describe('leases', () => {
        leases(given);
      });
      describe('registries that nobody can look at', () => {
        unseenRegistries(given);
      });
      describe('versions of policies', () => {
        policyVersions(given);
      });
    });
    describe('lists', () => {
      repositoryLists(() => ({ table, store: create(table) }));
    });
    describe('for ever', () => {
      leaseModel(() => ({ table, create }));
      leaseRaces(() => ({ table, create }));
    });
  });
}
