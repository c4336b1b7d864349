import { expect, it } from 'vitest';
import type { Registry } from '../../src/ports/registry.ts';

type Given = () => Registry;

/** Names that one owner in the fleet may have, and digests that stay. */
export function names(given: Given): void {
  const name = 'repository/git.example/acme/infrastructure';
  const now = '2027-01-01T00:00:00.000Z';
  const later = '2027-01-01T00:00:00.001Z';

  it('belong to whoever takes them first, as often as that one asks', async () => {
    const registry = given();

    expect(await registry.takeUnique(name, 'acme', { now })).toEqual({ kind: 'mine' });
    expect(await registry.takeUnique(name, 'acme', { now: '2027-01-02T00:00:00.000Z' })).toEqual({ kind: 'mine' });
    expect(await registry.takeUnique(name, 'other', { now })).toEqual({
      kind: 'taken',
      owner: 'acme',
      takenAt: '2027-01-02T00:00:00.000Z',
    });
  });

  it('are taken over from the owner and the moment that are named only', async () => {
    const registry = given();
    await registry.takeUnique(name, 'acme', { now });

    const otherTime = { owner: 'acme', takenAt: '2026-12-31T00:00:00.000Z' };
    expect(await registry.takeUnique(name, 'other', { now, instead: otherTime })).toMatchObject({ owner: 'acme' });
    const otherOwner = { owner: 'third', takenAt: now };
    expect(await registry.takeUnique(name, 'other', { now, instead: otherOwner })).toMatchObject({ owner: 'acme' });
    const stale = { owner: 'acme', takenAt: now };
    expect(await registry.takeUnique(name, 'other', { now, instead: stale })).toEqual({ kind: 'mine' });
  });

  it('are freed by their owner only, and not once taken again', async () => {
    const registry = given();
    await registry.takeUnique(name, 'acme', { now });

    await registry.freeUnique(name, 'other', later);
    expect(await registry.takeUnique(name, 'other', { now })).toMatchObject({ kind: 'taken' });
    await registry.freeUnique(name, 'acme', later);
    expect(await registry.takeUnique(name, 'other', { now })).toEqual({ kind: 'mine' });
  });

  it('are not freed for an owner who has taken them back since', async () => {
    const registry = given();
    await registry.takeUnique(name, 'acme', { now });
    await registry.takeUnique(name, 'acme', { now: later });

    await registry.freeUnique(name, 'acme', now);

    expect(await registry.takeUnique(name, 'other', { now })).toMatchObject({ kind: 'taken', owner: 'acme' });
  });

  it('of versions keep the digest that came first', async () => {
    const registry = given();

    expect(await registry.keepDigest('flux/2.9.2', 'sha256:one')).toBe('sha256:one');
    expect(await registry.keepDigest('flux/2.9.2', 'sha256:two')).toBe('sha256:one');
    expect(await registry.keepDigest('flux/2.9.3', 'sha256:two')).toBe('sha256:two');
    expect(await registry.findDigest('flux/2.9.2')).toBe('sha256:one');
    expect(await registry.findDigest('flux/2.9.4')).toBeUndefined();
  });
}
