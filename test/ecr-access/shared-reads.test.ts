import { expect, it } from 'vitest';
import { sharedReads } from '../../src/ecr-access/shared-reads.ts';

/** Reads that end when the test says so. */
function given() {
  const begun: PromiseWithResolvers<number>[] = [];
  const read = sharedReads(() => {
    const one = Promise.withResolvers<number>();
    begun.push(one);
    return one.promise;
  });
  const turn = () => new Promise(setImmediate);
  return { begun, read, turn };
}

it('gives each caller a read that began after it asked, and shares it among those who wait', async () => {
  const { begun, read, turn } = given();

  const first = read();
  const [second, third] = [read(), read()];
  expect(begun).toHaveLength(1);
  begun[0]?.resolve(1);
  await turn();
  expect(begun).toHaveLength(2);
  const fourth = read();
  begun[1]?.resolve(2);
  await turn();
  begun[2]?.resolve(3);

  expect(await Promise.all([first, second, third, fourth])).toEqual([1, 2, 2, 3]);
});

it('begins anew once nobody reads, and after a read that failed', async () => {
  const { begun, read, turn } = given();

  const first = read();
  const second = read();
  begun[0]?.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await turn();
  begun[1]?.resolve(2);
  expect(await second).toBe(2);

  const third = read();
  begun[2]?.resolve(3);
  expect(await third).toBe(3);
});
