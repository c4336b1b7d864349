import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * Modules are loaded once a worker, not once a file, of which there are hundreds. The tests keep nothing in modules, have
 * tables of their own, and put back what they change of the process.
 */
const isolate = false;

export default defineConfig({
  test: {
    // One more than there are cores: some tests mostly wait for processes of theirs.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/rig/**', 'test/routes/**', 'test/strangers/**'],
          isolate,
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'routes',
          include: ['test/routes/**/*.test.ts'],
          isolate,
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          // The real parts share two cores: one file at a time, with limits that only a hang reaches.
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 1_800_000,
        },
      },
      {
        test: {
          name: 'github',
          include: ['test/contracts/git-host-real-github.ts'],
          // GitHub's limits make it wait.
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
