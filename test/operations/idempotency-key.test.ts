import fc from 'fast-check';
import { expect, it } from 'vitest';
import { operationIdFor } from '../../src/operations/operation-id.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { clusterPath, makeFleet } from '../support/fleet.ts';
import { operationOf } from '../support/answers.ts';
import { operationInState } from '../support/operations.ts';

const scope = { customer: 'acme', method: 'POST', path: `${clusterPath}/bootstrap`, key: 'nightly' };

it('a key that has stood for any number of operations begins the next one, in a few steps', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 300 }), async (before) => {
      const fleet = makeFleet(createMemoryTable());
      await fleet.register();
      const ended = (n: number) => ({ ...operationInState('FAILED'), id: operationIdFor(scope, n) });
      await Promise.all(Array.from({ length: before }, (_, n) => fleet.operations.putIfAbsent(ended(n))));
      const reads = () => fleet.faults.operations.calls.filter((name) => name === 'get').length;
      const earlier = reads();

      const call = async () => {
        const answer = await fleet.call('POST', scope.path, { headers: { 'idempotency-key': scope.key } });
        expect(answer.status).toBe(202);
        return (await operationOf(answer)).id;
      };

      expect(await call()).toBe(operationIdFor(scope, before));
      expect(reads() - earlier).toBeLessThan(50);
      expect(await call()).toBe(operationIdFor(scope, before));
    }),
    { numRuns: 12, examples: [[0], [1], [2], [300]] },
  );
});
