import { afterAll, beforeAll, describe } from 'vitest';
import type { GitHost } from '../../src/ports/git-host.ts';
import { committing, refusing } from './git-host-commits.ts';
import { deployKeys } from './git-host-deploy-keys.ts';
import { inspecting, reading } from './git-host-reading.ts';
import { allRights, type Given, type GitHostWorld, type Right } from './git-host-world.ts';

/**
 * What every `GitHost` promises (src/ports/git-host.ts). Where a world cannot give us each right, what is promised
 * about the others is left out.
 */
export function gitHostContract(
  name: string,
  makeWorld: () => Promise<GitHostWorld>,
  rights: readonly Right[] = allRights,
): void {
  describe(`Git host: ${name}`, () => {
    let world: GitHostWorld;
    let host: GitHost;
    beforeAll(async () => {
      world = await makeWorld();
      host = world.host();
    });
    afterAll(async () => {
      await world.close?.();
    });

    const given: Given = () => ({ world, host });
    describe('inspecting', () => {
      inspecting(given, rights);
    });
    describe('reading', () => {
      reading(given);
    });
    describe('committing', () => {
      committing(given);
    });
    describe('committing without the right to', () => {
      refusing(given, rights);
    });
    describe('deploy keys', () => {
      deployKeys(given, rights);
    });
  });
}
