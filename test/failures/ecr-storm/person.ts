/** A person who changes policies by hand: reads the document, changes it, writes all of it, and looks afterwards. */
import { isOurs } from '../../../src/ecr-access/grant-statements.ts';
import { longestLagMs } from './replicated-ecr.ts';
import { statementsOf } from './foreign-statements.ts';
import type { StormWorld } from './storm-world.ts';

export interface Person {
  /** Adds and removes statements at random moments; ends once every one of them stands. */
  work(): Promise<void>;
  /** Looks again at all of it, and does again what is not as it should be. */
  lookAfter(): Promise<void>;
  /** Sids of the statements that are to be there. */
  wanted(repository: string): ReadonlySet<string>;
}

const edits = 6;

export function createPerson(world: StormWorld): Person {
  const { random, schedule, ecr } = world;
  const wanted = new Map(ecr.names.map((name) => [name, new Set<string>()]));
  const wantedOf = (repository: string) => wanted.get(repository) ?? new Set();

  async function read(repository: string) {
    await schedule.wait(random.between(20, 100));
    const answer = ecr.read(repository);
    return statementsOf(answer.kind === 'read' ? answer.text : undefined);
  }

  /** True once a read shows the foreign statements as they are to be. */
  async function isAsWanted(repository: string): Promise<boolean> {
    const sids = (await read(repository)).filter((one) => !isOurs(one)).map(({ Sid }) => String(Sid));
    return sids.length === wantedOf(repository).size && sids.every((sid) => wantedOf(repository).has(sid));
  }

  async function edit(repository: string): Promise<void> {
    const present = await read(repository);
    await schedule.wait(random.between(20, 1000));
    const kept = present.filter((one) => isOurs(one) || wantedOf(repository).has(String(one['Sid'])));
    const there = new Set(kept.map(({ Sid }) => Sid));
    const added = [...wantedOf(repository)].filter((sid) => !there.has(sid)).map(statementCalled);
    write(world, repository, [...added, ...kept]);
  }

  /** Until it stands, seen twice with a pause in which no replica can lag behind. */
  async function seeTo(repository: string): Promise<void> {
    for (;;) {
      await schedule.wait(random.between(2, 3) * longestLagMs);
      if (!(await isAsWanted(repository))) {
        await edit(repository);
        continue;
      }
      await schedule.wait(2 * longestLagMs);
      if (await isAsWanted(repository)) return;
    }
  }

  async function changeSomething(number: number): Promise<void> {
    const [first = '', ...others] = ecr.names;
    const repository = random.pick([first, ...others]);
    const sids = wantedOf(repository);
    const removed = sids.size > 0 && random.chance(0.4) ? [...sids][random.below(sids.size)] : undefined;
    if (removed === undefined) sids.add(`byHand${number}`);
    else sids.delete(removed);
    await edit(repository);
    await seeTo(repository);
  }

  return {
    wanted: wantedOf,
    async work() {
      for (let number = 1; number <= edits; number += 1) {
        await schedule.wait(random.between(0, 6000));
        await changeSomething(number);
      }
    },
    async lookAfter() {
      for (const repository of ecr.names) await seeTo(repository);
    },
  };
}

function statementCalled(sid: string) {
  return {
    ...{ Sid: sid, Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::777788889999:root' } },
    Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  };
}

function write({ ecr, rules, schedule }: StormWorld, repository: string, statements: readonly object[]): void {
  const before = ecr.truth(repository);
  const text = statements.length === 0 ? undefined : JSON.stringify({ Version: '2012-10-17', Statement: statements });
  ecr.write(repository, text);
  rules.changed({ repository, before, after: ecr.truth(repository), at: schedule.now(), by: 'person' });
}
