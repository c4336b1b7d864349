/** The world of the Git host's contract, made of the simulated GitHub: the adapter is the real one. */
import { createGitHubApi } from '../../sandbox/simulators/github/github-api.ts';
import { createGitHubWorld } from '../../sandbox/simulators/github/github-world.ts';
import type { Permissions, Ruleset } from '../../sandbox/simulators/github/github-state.ts';
import { createGitHubGitHost } from '../../src/adapters/github-git-host.ts';
import type { GitHost } from '../../src/ports/git-host.ts';
import { appKeyPair } from '../support/app-key-pair.ts';
import type { BranchProtection, GitHostWorld, Right } from './git-host-world.ts';

const appKeys = appKeyPair();
/** Of an RSA key that GitHub has never seen. */
export const strangersKey = appKeyPair().privateKey;

/** What an App may do in a repository is the owner's to say, for all of the owner's repositories at once. */
const owners: Readonly<Record<Right, { readonly login: string; readonly permissions?: Permissions }>> = {
  admin: { login: 'administered', permissions: { contents: 'write', administration: 'write' } },
  write: { login: 'written', permissions: { contents: 'write' } },
  read: { login: 'read', permissions: { contents: 'read' } },
  none: { login: 'unknown' },
};

const appId = '77';

/** A simulated GitHub with our App on it, and a host that talks to it; limits are off: the contract asks for many things at once. */
export function startGitHub() {
  const world = createGitHubWorld({ limits: 'off' });
  world.registerApp({ appId, publicKeyPem: appKeys.publicKey });
  const api = createGitHubApi(world);
  const fetch = async (url: string, init?: RequestInit): Promise<Response> => {
    init?.signal?.throwIfAborted();
    return api.request(url, init);
  };
  const hostWith = (privateKeyPem: string): GitHost =>
    createGitHubGitHost({
      ...{
        apiUrl: 'http://github.test',
        sshUrlBase: 'ssh://git@github.test',
        knownHosts: `github.test ${world.hostKey}`,
      },
      ...{ appId, appKey: () => Promise.resolve(privateKeyPem), fetch, now: () => new Date(), randomBelow: () => 0 },
      budget: {
        take: () => Promise.resolve({ kind: 'granted' }),
        pause: () => Promise.resolve(),
        pausedUntil: () => Promise.resolve(undefined),
      },
    });
  return { world, fetch, appId, appKey: appKeys.privateKey, hostWith };
}

export function makeGitHubWorld(): Promise<GitHostWorld> {
  const { world, appKey, hostWith } = startGitHub();
  for (const { login, permissions } of Object.values(owners)) {
    world.createOwner(login);
    if (permissions) world.installApp(login, { repositories: 'all', permissions });
  }
  world.createOwner('person', { kind: 'User' });
  let made = 0;
  return Promise.resolve({
    ...{ unseen: 'app-not-installed', sharesDeployKeys: false },
    host: ({ token } = {}) => hostWith(token === undefined ? appKey : strangersKey),
    createRepository({ files = {}, branch = 'main', right = 'admin' } = {}) {
      made += 1;
      const repository = { owner: owners[right].login, name: `r-${made}` };
      world.createRepository({ ...repository, files, branch });
      return Promise.resolve(repository);
    },
    protectBranch(repository, branch, protection) {
      world.addRuleset(repository, rulesetOf(branch, protection));
      return Promise.resolve();
    },
    archive: (repository) => Promise.resolve(world.archive(repository)),
    rename: (repository, name) => Promise.resolve(world.rename(repository, name)),
    createTag: (repository, tag) => Promise.resolve(world.createTag(repository, tag)),
    addKeyOfUser: (publicKey) => Promise.resolve(world.addUserKey('person', publicKey)),
  });
}

function rulesetOf(branch: string, protection: BranchProtection): Parameters<GitHubRulesetMaker>[1] {
  const rules: Ruleset['rules'] = [{ type: 'update' }];
  const conditions = { include: [`refs/heads/${branch}`], exclude: [] };
  switch (protection.kind) {
    case 'nobody-pushes':
      return { name: 'nobody', rules: [{ type: 'pull_request' }], conditions };
    case 'others-push':
      return { name: 'others', rules, conditions, bypassActors: [bypassOf(Number(appId) + 1)] };
    case 'we-push':
      return { name: 'we', rules, conditions, bypassActors: [bypassOf(Number(appId))] };
    case 'path':
      return { name: 'paths', target: 'push', rules: [restrictionOf(protection.pattern)] };
  }
}

type GitHubRulesetMaker = ReturnType<typeof createGitHubWorld>['addRuleset'];

function bypassOf(id: number) {
  return { actor_id: id, actor_type: 'Integration', bypass_mode: 'always' } as const;
}

/** In the contract's patterns `**` at the end stands for everything below; in GitHub's only `**` with a slash does. */
export function restrictionOf(pattern: string) {
  const paths = [pattern.replace(/\/\*\*$/, '/**/*')];
  return { type: 'file_path_restriction', parameters: { restricted_file_paths: paths } };
}
