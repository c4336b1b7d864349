import type { EcrRepositoryStore } from '../../../src/ports/ecr-repositories.ts';
import type { OperationStore } from '../../../src/ports/operation-store.ts';
import type { Attempt } from './attempt.ts';
import type { StormRules } from './storm-rules.ts';
import type { StormWorld } from './storm-world.ts';

/** Tells the rules of each operation, at the moment at which it is there and at which it has ended. */
export function operationsOf(operations: OperationStore, rules: StormRules): OperationStore {
  return {
    ...operations,
    async putIfAbsent(operation) {
      const put = await operations.putIfAbsent(operation);
      if (put.kind === 'written') rules.begun(operation);
      return put;
    },
    async end(id, from, end) {
      const made = await operations.end(id, from, end);
      if (made.kind === 'made') rules.ended(id, end.state);
      return made;
    },
  };
}

/** What is said of a repository before its policy is written, and who takes it from whom. */
export function repositoriesOf(
  store: EcrRepositoryStore,
  attempt: Attempt,
  { rules, schedule, delays }: Pick<StormWorld, 'rules' | 'schedule' | 'delays'>,
): EcrRepositoryStore {
  return {
    ...store,
    async lease(address, lease, instead) {
      const outcome = await store.lease(address, lease, instead);
      if (outcome.kind === 'leased' && instead !== undefined) {
        rules.takenOver({ operationId: instead, repository: address.repository }, attempt);
      }
      return outcome;
    },
    async announce(address, lease, grants) {
      await schedule.wait(delays.atWriting());
      const isMine = await store.announce(address, lease, grants);
      attempt.announced.set(address.repository, { token: lease.token, isMine });
      return isMine;
    },
  };
}
