import { watchRegistries } from '../../../src/ecr-access/watch-registries.service.ts';
import { newAttempt } from './attempt.ts';
import { ecrOf } from './attempt-ecr.ts';
import type { Executions } from './execution.ts';
import type { StormWorld } from './storm-world.ts';

/** The product's own look at the registry, and what it begins because of that, to its end. */
export async function watchOnce(world: StormWorld, executions: Executions): Promise<void> {
  const deps = { ...world.service(executions.start), ecr: ecrOf(world, newAttempt('watch')) };
  const { signal } = new AbortController();
  // A look that met with trouble is followed by the next one.
  while ((await watchRegistries(deps, { everyMinutes: 0, signal })).troubled.length > 0);
  await executions.ended();
}
