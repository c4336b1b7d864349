/** The world of the Git host's contract, made of a real Gitea. */
import { randomUUID } from 'node:crypto';
import { createGiteaGitHost } from '../../src/adapters/gitea-git-host.ts';
import type { BranchProtection, GitHostWorld } from '../contracts/git-host-world.ts';
import { type BranchRule, createGiteaAdministration } from '../rig/parts/gitea-administration.ts';

/** Everything it makes belongs to users of its own, so that it disturbs nobody else on that Gitea. */
export async function makeGiteaWorld(gitea: {
  url: string;
  adminToken: string;
  sshUrl: string;
}): Promise<GitHostWorld> {
  const apiUrl = `${gitea.url.replace(/\/$/, '')}/api/v1`;
  const administration = createGiteaAdministration({ apiUrl, adminToken: gitea.adminToken });
  const run = randomUUID().slice(0, 8);
  const owner = await administration.createUser(`contract-owner-${run}`);
  const bot = await administration.createUser(`contract-bot-${run}`);

  return {
    unseen: 'repository-not-found',
    sharesDeployKeys: true,
    host: ({ token = bot.token } = {}) =>
      createGiteaGitHost({ apiUrl, sshUrlBase: gitea.sshUrl, knownHosts: '', token: () => Promise.resolve(token) }),
    async createRepository({ files = {}, branch = 'main', right = 'admin' } = {}) {
      const repository = { owner: owner.name, name: `r-${randomUUID().slice(0, 13)}` };
      await administration.createRepository({ ...repository, branch, files });
      if (right !== 'none') await administration.addCollaborator(repository, bot.name, right);
      return repository;
    },
    protectBranch: (repository, branch, protection) =>
      administration.protectBranch(repository, { branch, ...ruleOf(protection, bot.name, owner.name) }),
    async archive({ owner: user, name }) {
      await administration.call('PATCH', `/repos/${user}/${name}`, { archived: true });
    },
    async rename({ owner: user, name }, newName) {
      await administration.call('PATCH', `/repos/${user}/${name}`, { name: newName });
    },
    async createTag({ owner: user, name }, tag) {
      await administration.call('POST', `/repos/${user}/${name}/tags`, { tag_name: tag, target: 'refs/heads/main' });
    },
    addKeyOfUser: (publicKey) => administration.addUserKey(owner.name, publicKey),
  };
}

function ruleOf(protection: BranchProtection, bot: string, owner: string): Omit<BranchRule, 'branch'> {
  switch (protection.kind) {
    case 'nobody-pushes':
      return { enable_push: false };
    case 'others-push':
      return { enable_push: true, enable_push_whitelist: true, push_whitelist_usernames: [owner] };
    case 'we-push':
      return { enable_push: true, enable_push_whitelist: true, push_whitelist_usernames: [bot] };
    case 'path':
      return { enable_push: true, protected_file_patterns: protection.pattern };
  }
}
