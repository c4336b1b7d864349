/**
 * The contract of `GitHost` with the adapter for GitHub, on the simulated one: once on a world that is set directly, and
 * once on one that an owner makes over the REST API, which is what `npm run test:github` does on the real one.
 */
import { expect, it } from 'vitest';
import { administeredRights, makeAdministeredGitHubWorld } from './administered-github-world.ts';
import { gitHostContract } from './git-host.contract.ts';
import { makeGitHubWorld, startGitHub, strangersKey } from './github-world.ts';

gitHostContract('the simulated GitHub', makeGitHubWorld);

gitHostContract('the simulated GitHub, administered over its API', makeAdministeredWorld, administeredRights);

it('finds a private repository of a free plan, which has no rules to read', async () => {
  const { world, appKey, hostWith } = startGitHub();
  world.createOwner('frugal', { plan: 'free' });
  world.installApp('frugal', { repositories: 'all', permissions: { contents: 'write', administration: 'write' } });
  const repository = { owner: 'frugal', name: 'acme' };
  world.createRepository({ ...repository, files: { a: '1' } });
  world.protectBranch(repository, 'main', { requiredReviews: 1 });

  const found = await hostWith(appKey).inspectRepository(repository, 'main', new AbortController().signal);

  expect(found).toEqual({ kind: 'found', head: world.headOf(repository), canPush: true, allowsDeployKeys: true });
});

function makeAdministeredWorld() {
  const { world, fetch, appId, appKey, hostWith } = startGitHub();
  world.createOwner('organization');
  world.installApp('organization', {
    repositories: 'all',
    permissions: { contents: 'write', administration: 'write' },
  });
  world.createOwner('person', { kind: 'User' });
  return makeAdministeredGitHubWorld({
    owner: { apiUrl: 'http://github.test', token: world.createPersonalToken('person'), fetch },
    ...{ organization: 'organization', appId },
    host: (isStranger) => hostWith(isStranger ? strangersKey : appKey),
  });
}
