import { describe, expect, it } from 'vitest';
import { createDynamoRegistry } from '../../src/adapters/dynamodb-registry.ts';
import { takeName } from '../../src/registry/take-name.ts';
import { createMemoryTable } from '../support/memory-table.ts';

const start = Date.parse('2027-01-01T00:00:00.000Z');
const minutes = (count: number) => new Date(start + count * 60_000);

async function given() {
  const registry = createDynamoRegistry(createMemoryTable());
  const used = new Set<string>();
  const asked: string[] = [];
  const take = (owner: string, now = minutes(0)) =>
    takeName(registry, {
      ...{ name: 'eks/1/eu-west-1/a', owner, now },
      async isUsedBy(other) {
        asked.push(other);
        return used.has(other);
      },
    });
  return { registry, take, used, asked };
}

describe('a name', () => {
  it('belongs to whoever takes it first, and to nobody else', async () => {
    const { take } = await given();

    expect(await take('acme')).toBe(true);
    expect(await take('acme')).toBe(true);
    expect(await take('other')).toBe(false);
  });

  it('is taken over after five minutes from an owner who does not use it', async () => {
    const { take, asked } = await given();
    await take('acme');

    expect(await take('other', minutes(4.99))).toBe(false);
    expect(asked).toEqual([]);
    expect(await take('other', minutes(5))).toBe(true);
    expect(asked).toEqual(['acme']);
    expect(await take('acme', minutes(5))).toBe(false);
  });

  it('is never taken over from an owner who uses it', async () => {
    const { take, used } = await given();
    await take('acme');
    used.add('acme');

    expect(await take('other', minutes(1_000_000))).toBe(false);
  });

  it('is left to an owner who has just asked for it again', async () => {
    const { take } = await given();
    await take('acme');
    await take('acme', minutes(6));

    expect(await take('other', minutes(7))).toBe(false);
  });

  it('is taken over by one of many at once', async () => {
    const { take } = await given();
    await take('acme');

    const taken = await Promise.all(Array.from({ length: 6 }, (_, n) => take(`other-${n}`, minutes(6))));

    expect(taken.filter(Boolean)).toHaveLength(1);
  });
});
