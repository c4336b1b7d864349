import { expect, it } from 'vitest';
import { address, repositoryCalled, storeNow } from './ecr-repository-records.ts';
import type { GivenStore } from './ecr-repository-records.ts';

const mine = { operationId: 'op-1', token: 'token-1' };
const myNext = { operationId: 'op-1', token: 'token-2' };
const other = { operationId: 'op-2', token: 'token-3' };
const applied = { state: 'APPLIED', at: storeNow } as const;
const nothing = { ...address, grants: [], results: {} };
const done = { grants: ['a', 'b'], results: { a: applied, b: applied }, documentHash: 'hash' };

/** Who writes to a repository's policy, and what that came to. */
export function leases(given: GivenStore): void {
  holding(given);
  keeping(given);
  showing(given);
}

function showing(given: GivenStore): void {
  const at = '2027-01-02T00:00:00.000Z';
  const refused = { state: 'REFUSED', code: 'policy-too-large', at: storeNow } as const;
  const known = async () => {
    const { store } = given();
    await store.lease(address, mine);
    await store.release(address, mine, { ...done, results: { a: applied, b: refused } });
    const record = await store.get(address);
    if (!record) throw new Error('the repository is gone');
    return { store, record };
  };

  it('let drift be shown of what was applied, and of nothing else', async () => {
    const { store, record } = await known();

    await store.showDrift(record, at);

    expect(await store.get(address)).toEqual({ ...record, results: { a: { state: 'DRIFTED', at }, b: refused } });
  });

  it('let no drift be shown while somebody is at work there', async () => {
    const { store, record } = await known();
    await store.lease(address, other);

    await store.showDrift(record, at);

    expect(await store.get(address)).toEqual(record);
  });

  it('let no drift be shown of what was put right since', async () => {
    const { store, record } = await known();
    await store.lease(address, other);
    await store.release(address, other, done);

    await store.showDrift(record, at);

    expect((await store.get(address))?.results).toEqual(done.results);
  });

  it('let no drift be shown of what nobody has written', async () => {
    const { store } = given();

    await store.showDrift(nothing, at);

    expect(await store.get(address)).toBeUndefined();
  });
}

function holding(given: GivenStore): void {
  it('are of one operation, and make what is not known yet', async () => {
    const { store } = given();

    expect(await store.get(address)).toBeUndefined();
    expect(await store.lease(address, mine)).toEqual({ kind: 'leased', record: nothing });
    expect(await store.lease(address, other)).toEqual({ kind: 'held', operationId: 'op-1' });
    expect(await store.get(address)).toEqual(nothing);
  });

  it.each(['team/web', 'team', 'team/api-2'])('of team/api leave %s alone', async (repository) => {
    const { store } = given();
    await store.lease(address, mine);

    expect(await store.lease(repositoryCalled(repository), other)).toMatchObject({ kind: 'leased' });
    expect(await store.lease({ ...address, customer: 'acme-2' }, other)).toMatchObject({ kind: 'leased' });
    expect(await store.announce(repositoryCalled(repository), mine, ['a'])).toBe(false);
  });

  it('void the earlier token of the same operation', async () => {
    const { store } = given();
    await store.lease(address, mine);

    expect(await store.lease(address, myNext)).toMatchObject({ kind: 'leased' });

    expect(await store.announce(address, mine, ['late'])).toBe(false);
    expect(await store.release(address, mine, { ...done, grants: ['late'] })).toBe(false);
    expect(await store.announce(address, myNext, ['a'])).toBe(true);
    expect(await store.get(address)).toMatchObject({ grants: ['a'], results: {} });
  });

  it('are taken over from the operation that is named only', async () => {
    const { store } = given();
    await store.lease(address, mine);
    await store.announce(address, mine, ['a']);

    expect(await store.lease(address, other, 'op-3')).toEqual({ kind: 'held', operationId: 'op-1' });
    const taken = await store.lease(address, other, 'op-1');

    expect(taken).toEqual({ kind: 'leased', record: { ...nothing, grants: ['a'] } });
    expect(await store.announce(address, mine, ['late'])).toBe(false);
    expect(await store.release(address, mine, done)).toBe(false);
    expect(await store.get(address)).toEqual({ ...nothing, grants: ['a'] });
  });

  it('are let go of by whoever has them, with nothing changed', async () => {
    const { store } = given();
    await store.lease(address, other);
    await store.release(address, other, done);
    const before = await store.get(address);
    await store.lease(address, mine);

    await store.letGo(address, myNext);
    expect(await store.lease(address, other)).toMatchObject({ kind: 'held' });
    await store.letGo(address, mine);
    await store.letGo(address, mine);

    expect(await store.get(address)).toEqual(before);
    expect(await store.announce(address, mine, ['late'])).toBe(false);
    expect(await store.lease(address, other)).toEqual({ kind: 'leased', record: before });
  });

  it('are free for everybody once they are released', async () => {
    const { store } = given();
    await store.lease(address, mine);
    expect(await store.release(address, mine, done)).toBe(true);

    expect(await store.announce(address, mine, ['late'])).toBe(false);
    expect(await store.lease(address, other)).toEqual({
      kind: 'leased',
      record: { ...address, ...done, doneBy: 'op-1' },
    });
  });
}

function keeping(given: GivenStore): void {
  it('announce grants on top of what was announced before, also none', async () => {
    const { store } = given();
    await store.lease(address, mine);

    for (const grants of [['b'], [], ['a', 'b']]) expect(await store.announce(address, mine, grants)).toBe(true);

    expect(await store.get(address)).toEqual({ ...nothing, grants: ['a', 'b'] });
  });

  it('are not there to be announced or released where nobody took them', async () => {
    const { store } = given();

    expect(await store.announce(address, mine, [])).toBe(false);
    expect(await store.release(address, mine, done)).toBe(false);
    expect(await store.get(address)).toBeUndefined();
  });

  it('keep what they came to in place of all that was there, down to nothing', async () => {
    const { store } = given();
    const refused = { state: 'REFUSED', code: 'principal-not-found', detail: 'no such role', at: storeNow } as const;
    await store.lease(address, mine);
    await store.announce(address, mine, ['a', 'b', 'gone']);
    await store.release(address, mine, done);
    expect(await store.get(address)).toEqual({ ...address, ...done, doneBy: 'op-1' });

    await store.lease(address, other);
    await store.release(address, other, { grants: ['b'], results: { c: refused }, documentHash: 'other' });
    const next = { ...address, grants: ['b'], results: { c: refused }, documentHash: 'other', doneBy: 'op-2' };
    expect(await store.get(address)).toEqual(next);

    await store.lease(address, myNext);
    await store.release(address, myNext, { grants: [], results: {} });
    expect(await store.get(address)).toEqual({ ...nothing, doneBy: 'op-1' });
  });

  it('know a release again that was made before, whoever has the repository by now', async () => {
    const { store } = given();
    await store.lease(address, mine);
    await store.release(address, mine, done);
    await store.lease(address, other);

    expect(await store.release(address, mine, done)).toBe(true);
    expect(await store.release(address, myNext, done)).toBe(false);
    expect(await store.announce(address, other, ['c'])).toBe(true);
  });

  it('of very many grants, all refused, fit into an item with room to spare', async () => {
    const { table, store } = given();
    const ids = Array.from({ length: 250 }, (_, n) => `${n}`.padStart(63, 'g'));
    const refused = { state: 'REFUSED', code: 'principal-not-found', detail: 'x'.repeat(4000), at: storeNow } as const;
    const results = Object.fromEntries(ids.map((id) => [id, refused]));
    await store.lease(address, mine);
    expect(await store.announce(address, mine, ids)).toBe(true);
    expect(await store.release(address, mine, { grants: ids, results, documentHash: 'hash' })).toBe(true);

    expect((await store.get(address))?.grants).toHaveLength(250);
    const item = await table.get({ pk: 'ECR#acme', sk: '333344445555#eu-west-1#team/api' });
    const text = JSON.stringify(item, (_, value: unknown) => (value instanceof Set ? [...value] : value));
    expect(Buffer.byteLength(text)).toBeLessThan(160_000);
  });
}
