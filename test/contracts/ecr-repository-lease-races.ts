import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FleetTable } from '../../src/adapters/fleet-table.ts';
import type { EcrLease, EcrRepositoryRecord, EcrRepositoryStore } from '../../src/ports/ecr-repositories.ts';
import { losingAnswers } from '../support/fleet-table.ts';
import { createInterleaving, turns } from '../support/interleaving.ts';
import { repositoryCalled, storeNow } from './ecr-repository-records.ts';

type Given = () => { readonly table: FleetTable; readonly create: (table: FleetTable) => EcrRepositoryStore };

const token = fc.record({
  operationId: fc.constantFrom('op-1', 'op-2'),
  token: fc.constantFrom('token-1', 'token-2', 'token-3'),
});
const grants = fc.subarray(['a', 'b', 'c']);
/** Of any attempt, the ones that are long void included. */
const action = fc.record({
  kind: fc.constantFrom('lease' as const, 'takeOver' as const, 'announce' as const, 'release' as const),
  lease: token,
  grants,
  isAnswerLost: fc.boolean(),
});
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** What is promised, without a table. */
interface Model {
  holder: EcrLease | undefined;
  lastDone: EcrLease | undefined;
  grants: readonly string[];
}

const keyOf = (lease: EcrLease | undefined) => lease && `${lease.operationId}/${lease.token}`;
const sorted = (...lists: readonly (readonly string[])[]) => [...new Set(lists.flat())].toSorted();

/** The answer that is due, and what is there afterwards. */
function expected(model: Model, { kind, lease, grants: wanted }: Action): unknown {
  const isMine = keyOf(model.holder) === keyOf(lease);
  switch (kind) {
    case 'lease':
    case 'takeOver': {
      const { holder } = model;
      const isFree = holder === undefined || holder.operationId === lease.operationId || kind === 'takeOver';
      if (!isFree) return { kind: 'held', operationId: holder.operationId };
      model.holder = lease;
      return { kind: 'leased', record: { grants: model.grants } };
    }
    case 'announce':
      if (isMine) model.grants = sorted(model.grants, wanted);
      return isMine;
    case 'release':
      if (!isMine) return keyOf(model.lastDone) === keyOf(lease);
      Object.assign(model, { holder: undefined, lastDone: lease, grants: wanted });
      return true;
  }
}

function perform(store: EcrRepositoryStore, repository: string, { kind, lease, grants: wanted }: Action) {
  const address = repositoryCalled(repository);
  switch (kind) {
    case 'lease':
      return store.lease(address, lease);
    case 'takeOver':
      return store.lease(address, lease, lease.operationId === 'op-1' ? 'op-2' : 'op-1');
    case 'announce':
      return store.announce(address, lease, wanted);
    case 'release':
      return store.release(address, lease, { grants: wanted, results: {}, documentHash: keyOf(lease) });
  }
}

export function leaseModel(given: Given): void {
  it('a repository has one holder, and a void token writes nothing, whatever is asked in whatever order', async () => {
    const { table, create } = given();
    const stores = { heard: create(table), unheard: create(losingAnswers(table)) };
    let runs = 0;

    const property = fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 20 }), async (actions) => {
      runs += 1;
      const repository = `repository-${runs}`;
      const model: Model = { holder: undefined, lastDone: undefined, grants: [] };
      for (const step of actions) {
        const due = expected(model, step);
        const answer = await perform(step.isAnswerLost ? stores.unheard : stores.heard, repository, step);
        if (typeof due === 'boolean') expect(answer, step.kind).toBe(due);
        else expect(answer, step.kind).toMatchObject(due as object);
        const record = await stores.heard.get(repositoryCalled(repository));
        expect(record?.grants ?? []).toEqual(model.grants);
        expect(record?.documentHash).toBe(keyOf(model.lastDone));
        expect(record?.doneBy).toBe(model.lastDone?.operationId);
      }
    });
    await fc.assert(property, { numRuns: 25 });
  });
}

/** Attempts of two operations, one after the other or side by side; the third operation takes over from the first. */
const attempts: readonly (EcrLease & { readonly instead?: string })[] = [
  { operationId: 'op-1', token: 'token-1' },
  { operationId: 'op-1', token: 'token-2' },
  { operationId: 'op-2', token: 'token-3' },
  { operationId: 'op-2', token: 'token-4' },
  { operationId: 'op-3', token: 'token-5', instead: 'op-1' },
];

export function leaseRaces(given: Given): void {
  it('whoever works side by side and dies anywhere, only the last holder writes, and knows all before it', async () => {
    const { table, create } = given();
    let runs = 0;

    const property = fc.asyncProperty(turns, async (order) => {
      runs += 1;
      const address = repositoryCalled(`repository-${runs}`);
      const meeting = createInterleaving(order);
      const store = create(meeting.around(table));
      let holder: string | undefined;
      const announced: string[] = [];

      const requireAll = (record: EcrRepositoryRecord) => {
        expect(sorted(record.grants, announced)).toEqual(sorted(record.grants));
      };
      const attempt = async ({ instead, ...lease }: (typeof attempts)[number]) => {
        const outcome = await store.lease(address, lease, instead);
        if (outcome.kind === 'held') return;
        // All others stand still: what it says is so.
        const item = await table.get({ pk: 'ECR#acme', sk: `333344445555#eu-west-1#${address.repository}` });
        expect(item).toMatchObject({ leasedBy: lease.operationId, leaseToken: lease.token });
        holder = lease.token;
        requireAll(outcome.record);
        if (!(await store.announce(address, lease, [lease.token]))) return;
        expect(holder).toBe(lease.token);
        announced.push(lease.token);
        const results = { [lease.token]: { state: 'APPLIED', at: storeNow } } as const;
        const kept = sorted(outcome.record.grants, [lease.token]);
        if (await store.release(address, lease, { grants: kept, results })) expect(holder).toBe(lease.token);
      };
      const ends = await meeting.run(attempts.map((one) => () => attempt(one)));

      const failures = ends.flatMap((end) => (end.status === 'rejected' && !isDeath(end.reason) ? [end.reason] : []));
      expect(failures).toEqual([]);
      await requireFree(create(table), address, requireAll);
    });
    await fc.assert(property, { numRuns: 40 });
  });
}

function isDeath(error: unknown): boolean {
  return error instanceof Error && error.name === 'Crash';
}

/** Whatever died in between, the next operation has the repository: from whoever has it and has ended. */
async function requireFree(
  store: EcrRepositoryStore,
  address: ReturnType<typeof repositoryCalled>,
  requireAll: (record: EcrRepositoryRecord) => void,
): Promise<void> {
  const lease = { operationId: 'op-4', token: 'token-6' };
  const first = await store.lease(address, lease);
  const last = first.kind === 'held' ? await store.lease(address, lease, first.operationId) : first;
  expect(last.kind).toBe('leased');
  if (last.kind === 'leased') requireAll(last.record);
}
