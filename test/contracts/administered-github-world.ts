/** The world of the Git host's contract, made over GitHub's REST API by an owner's token: on GitHub, or on what acts like it. */
import { randomUUID } from 'node:crypto';
import type { GitHost, RepositoryAddress } from '../../src/ports/git-host.ts';
import type { BranchProtection, GitHostWorld } from './git-host-world.ts';
import {
  createGitHubAdministration,
  type GitHubAdministration,
  type GitHubOwner,
  repositoryPrefix,
} from './github-administration.ts';
import { restrictionOf } from './github-world.ts';

export interface AdministeredGitHub {
  readonly owner: GitHubOwner;
  /** Has our App installed for all repositories, with `contents: write` and `administration: write`. */
  readonly organization: string;
  readonly appId: string;
  /** With our App's key, or with one that is not. */
  readonly host: (isStranger: boolean) => GitHost;
}

/** One App has one set of permissions: repositories that it may write or read only are not to be had here. */
export const administeredRights = ['admin', 'none'] as const;

export function makeAdministeredGitHubWorld(github: AdministeredGitHub): Promise<GitHostWorld> {
  const administration = createGitHubAdministration(github.owner);
  const run = randomUUID().slice(0, 8);
  const repositories: RepositoryAddress[] = [];
  const keys: number[] = [];
  return Promise.resolve({
    ...{ unseen: 'app-not-installed', sharesDeployKeys: false },
    host: ({ token } = {}) => github.host(token !== undefined),
    async createRepository({ files = {}, branch = 'main', right = 'admin' } = {}) {
      const name = `${repositoryPrefix}${run}-${repositories.length}`;
      // Whoever owns the token has not installed the App: what is theirs we may not see.
      const organization = right === 'none' ? undefined : github.organization;
      const repository = await administration.createRepository(name, organization);
      repositories.push(repository);
      await administration.writeFiles(repository, branch, files);
      return repository;
    },
    protectBranch: (repository, branch, protection) =>
      administration.addRuleset(repository, rulesetOf(protection, { branch, appId: github.appId })),
    archive: (repository) => administration.archive(repository),
    async rename(repository, name) {
      await administration.rename(repository, name);
      repositories.push({ ...repository, name });
      repositories.splice(repositories.indexOf(repository), 1);
    },
    createTag: (repository, tag) => administration.createTag(repository, tag),
    async addKeyOfUser(publicKey) {
      keys.push(await administration.addUserKey(publicKey));
    },
    close: () => removeAll(administration, { repositories, keys }),
  });
}

async function removeAll(
  administration: GitHubAdministration,
  made: { readonly repositories: readonly RepositoryAddress[]; readonly keys: readonly number[] },
): Promise<void> {
  for (const repository of made.repositories) await administration.deleteRepository(repository);
  for (const key of made.keys) await administration.removeUserKey(key);
}

function rulesetOf(protection: BranchProtection, { branch, appId }: { branch: string; appId: string }): object {
  const conditions = { ref_name: { include: [`refs/heads/${branch}`], exclude: [] } };
  const rules = [{ type: 'update' }];
  switch (protection.kind) {
    case 'nobody-pushes':
      return { name: 'nobody pushes', target: 'branch', conditions, rules: [pullRequest] };
    case 'others-push':
      return { name: 'others push', target: 'branch', conditions, rules, bypass_actors: [administrators] };
    case 'we-push': {
      const us = { actor_id: Number(appId), actor_type: 'Integration', bypass_mode: 'always' };
      return { name: 'we push', target: 'branch', conditions, rules, bypass_actors: [us] };
    }
    case 'path':
      return { name: 'paths', target: 'push', rules: [restrictionOf(protection.pattern)] };
  }
}

const administrators = { actor_id: 1, actor_type: 'OrganizationAdmin', bypass_mode: 'always' };

const pullRequest = {
  type: 'pull_request',
  parameters: {
    ...{ required_approving_review_count: 1, dismiss_stale_reviews_on_push: false, require_code_owner_review: false },
    ...{ require_last_push_approval: false, required_review_thread_resolution: false },
  },
};
