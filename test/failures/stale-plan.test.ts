/** A writer who is held up until a newer one has written must not put things back. */
import { describe, expect, it } from 'vitest';
import { acme } from '../crash/outside.ts';
import { bootstrapOf, type FleetRun, givenFleet } from './fleet-run.ts';
import { watched } from './watched-calls.ts';

const sync = 'flux/clusters/production/flux-system/gotk-sync.yaml';

function contentOf({ world }: FleetRun, path: string): string | undefined {
  return world.github.world.fileAtHead(acme.repository, path);
}

async function bootstrapped(): Promise<{ fleet: FleetRun; rendered: string }> {
  const fleet = await givenFleet([acme]);
  const { operations } = await fleet.run([bootstrapOf(acme, 'first')]);
  expect(operations).toMatchObject([{ state: 'SUCCEEDED' }]);
  return { fleet, rendered: contentOf(fleet, sync) ?? '' };
}

describe('a commit that was planned before somebody changed the same file', () => {
  it('is refused, rendered anew on what is there, and leaves the rest of their commit as it is', async () => {
    const { fleet, rendered } = await bootstrapped();
    const { world } = fleet.world.github;
    world.commitByOther(acme.repository, { files: { [sync]: '# broken\n' }, message: 'Break it' });
    let isOvertaken = false;
    const between = watched(({ name }) => {
      if (isOvertaken || !name.startsWith('github PATCH /repos/{repository}/git/refs/')) return;
      isOvertaken = true;
      const files = { [sync]: '# newer\n', 'docs/why.md': 'A newer state\n' };
      world.commitByOther(acme.repository, { files, message: 'A newer state' });
    });

    const { operations } = await fleet.run([bootstrapOf(acme, 'second')], { between });

    expect(isOvertaken).toBe(true);
    expect(operations).toMatchObject([{ state: 'SUCCEEDED' }]);
    expect(contentOf(fleet, 'docs/why.md')).toBe('A newer state\n');
    expect(contentOf(fleet, sync)).toBe(rendered);
    const moves = world.history.filter(({ action }) => action === 'github:UpdateRef');
    expect(moves.filter(({ detail }) => detail['isForced'] === true)).toEqual([]);
    const [holdings] = fleet.world.holdings();
    expect(holdings?.commits.map(({ message }) => message.split('\n')[0]).slice(0, 3)).toEqual([
      'Set up Flux 2.9.2 on cluster production',
      'A newer state',
      'Break it',
    ]);
  });
});
