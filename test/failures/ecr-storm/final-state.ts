import { createDynamoEcrRepositories } from '../../../src/adapters/dynamodb-ecr-repositories.ts';
import { policyHash } from '../../../src/ecr-access/canonical-policy.ts';
import { grantsFor } from '../../../src/ecr-access/grants-for.ts';
import { statementsOf } from './foreign-statements.ts';
import { isOurs } from '../../../src/ecr-access/grant-statements.ts';
import type { Person } from './person.ts';
import { customer, registry, type StormWorld } from './storm-world.ts';

/** What is not as it must be in the end, in words. */
export async function faultsOf(
  world: StormWorld,
  person: Person,
  marks: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const now = () => new Date(world.schedule.now());
  const store = createDynamoEcrRepositories(world.table, { now });
  const grants = await store.listGrants(customer, registry);
  const faults: string[] = [];
  for (const repository of world.ecr.names) {
    const address = { customer, registry, repository };
    const text = world.ecr.truth(repository);
    const live = grantsFor(grants, address, now()).map(({ id }) => id);
    const shown = [...marks].flatMap(([grant, mark]) => (text?.includes(mark) === true ? [grant] : []));
    const sids = statementsOf(text).flatMap((one) => (isOurs(one) ? [] : [String(one['Sid'])]));
    const record = await store.get(address);
    const due = live.toSorted().join();
    const compare = (what: string, found: string, wanted: string) => {
      if (found !== wanted) faults.push(`${repository}: ${what} ${found}, not ${wanted}`);
    };
    compare('has the rights of', shown.toSorted().join(), due);
    compare('has the statements of others', sids.toSorted().join(), [...person.wanted(repository)].toSorted().join());
    if (record === undefined && live.length === 0) continue;
    compare('is kept as that of', record?.grants.join() ?? '', due);
    const results = Object.entries(record?.results ?? {}).map(([grant, result]) => `${grant} ${result?.state}`);
    compare(
      'has results',
      results.toSorted().join(),
      live
        .toSorted()
        .map((grant) => `${grant} APPLIED`)
        .join(),
    );
  }
  return [...faults, ...leasesOf(world)];
}

/** What an operation leaves that has ended is free for whoever comes. */
function leasesOf({ table, rules }: StormWorld): readonly string[] {
  return table.allItems().flatMap(({ sk, leasedBy }) => {
    if (typeof leasedBy !== 'string' || rules.ledger.hasEnded(leasedBy)) return [];
    return [`${String(sk)} is still leased by ${leasedBy}`];
  });
}

/** Every document that a write of ours replaced can be had again. */
export async function historyFaults({ table, rules, schedule }: StormWorld): Promise<readonly string[]> {
  const store = createDynamoEcrRepositories(table, { now: () => new Date(schedule.now()) });
  const faults: string[] = [];
  for (const [repository, hashes] of rules.replaced) {
    const { items } = await store.listVersions({ customer, registry, repository }, { limit: 1000 });
    const kept = new Set(items.map(({ value }) => policyHash(value.text)));
    if ([...hashes].some((hash) => !kept.has(hash))) faults.push(`a document of ${repository} is not kept`);
  }
  return faults;
}
