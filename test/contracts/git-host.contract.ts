import { afterAll, beforeAll, describe } from 'vitest';
import type { GitHost } from '../../src/ports/git-host.ts';
import { committing, refusing } from './git-host-commits.ts';
import { deployKeys } from './git-host-deploy-keys.ts';
import { inspecting, reading } from './git-host-reading.ts';
import type { Given, GitHostWorld } from './git-host-world.ts';

/** What every `GitHost` promises (src/ports/git-host.ts). */
export function gitHostContract(name: string, makeWorld: () => Promise<GitHostWorld>): void {
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
      inspecting(given);
    });
    describe('reading', () => {
      reading(given);
    });
    describe('committing', () => {
      committing(given);
    });
    describe('committing without the right to', () => {
      refusing(given);
    });
    describe('deploy keys', () => {
      deployKeys(given);
    });
  });
}
