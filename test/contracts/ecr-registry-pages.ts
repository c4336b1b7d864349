import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EcrRepository } from '../../src/ports/ecr-registry.ts';
import { type EcrWorld, signal } from './ecr-registry-world.ts';

/** A registry with more repositories than ECR gives at once. */
export function ecrPagesContract(name: string, makeWorld: () => Promise<EcrWorld>): void {
  describe(`ECR registry, long lists: ${name}`, () => {
    const names = Array.from({ length: 205 }, (_, number) => `app${String(number).padStart(3, '0')}`);
    let world: EcrWorld;
    beforeEach(async () => {
      world = await makeWorld();
      await Promise.all(names.map((one) => world.makeRepository(one)));
    });
    afterEach(() => world.close());

    async function pages(between: () => Promise<void>): Promise<readonly (readonly EcrRepository[])[]> {
      const seen: (readonly EcrRepository[])[] = [];
      for (let after: string | undefined; ;) {
        // A step may end after any page, and another process go on.
        const page = await world.access().listRepositories(world.target, after, signal());
        if (page.kind !== 'listed') throw new Error(page.kind);
        seen.push(page.repositories);
        if (page.next === undefined) return seen;
        after = page.next;
        await between();
      }
    }

    it('gives every repository once, over all pages', async () => {
      const seen = await pages(async () => undefined);

      expect(seen.length).toBeGreaterThan(1);
      expect(seen.flat().map((one) => one.name)).toEqual(names);
    });

    it('passes over none that was there all the time while another goes', async () => {
      const [first = ''] = names;
      let isGone = false;

      const seen = await pages(async () => {
        if (!isGone) await world.deleteRepository(first);
        isGone = true;
      });

      expect(seen.flat().map((one) => one.name)).toEqual(names);
    });
  });
}
