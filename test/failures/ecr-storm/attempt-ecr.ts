import { OutsideCallError } from '../../../src/errors.ts';
import type { EcrRegistryAccess } from '../../../src/ports/ecr-registry.ts';
import type { Attempt } from './attempt.ts';
import type { StormWorld } from './storm-world.ts';

/** ECR as one attempt reaches it; what it reads and writes is noted. */
export function ecrOf({ ecr, delays, schedule, rules }: StormWorld, attempt: Attempt): EcrRegistryAccess {
  async function call<T>(attempted: string, effect: () => T, delay = delays.ecr()): Promise<T> {
    await schedule.wait(delay);
    const mishap = delays.mishap();
    if (mishap === 'throttled') throw new OutsideCallError({ system: 'ecr', failure: 'throttled', attempted });
    const answer = effect();
    if (mishap === 'answer-lost') throw new OutsideCallError({ system: 'ecr', failure: 'unreachable', attempted });
    return answer;
  }
  function write(repository: string, text: string | undefined) {
    const before = ecr.truth(repository);
    const written = ecr.write(repository, text);
    const after = ecr.truth(repository);
    if (written.kind === 'written') rules.changed({ repository, before, after, at: schedule.now(), by: attempt });
    return written;
  }
  return {
    listRepositories: () =>
      call('list repositories', () => ({
        kind: 'listed',
        repositories: ecr.names.map((name) => ({ name, arn: `arn:aws:ecr:::repository/${name}` })),
      })),
    readPolicy: (_target, repository) =>
      call('read a policy', () => {
        const { isStale = false, ...read } = ecr.read(repository);
        if (read.kind !== 'read') return read;
        const seen = { text: read.text, isStale, at: schedule.now() };
        attempt.reads.set(repository, [...(attempt.reads.get(repository) ?? []), seen]);
        return read;
      }),
    writePolicy: (_target, { repository, text }) =>
      call('write a policy', () => write(repository, text), delays.atWriting()),
    deletePolicy: (_target, repository) =>
      call('delete a policy', () => write(repository, undefined), delays.atWriting()),
  };
}
