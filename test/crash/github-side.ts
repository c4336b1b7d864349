/** GitHub as the product meets it: the real adapter over the simulator, with every request on the wire. */
import { createGitHubApi } from '../../sandbox/simulators/github/github-api.ts';
import { createGitHubWorld, type GitHubWorld } from '../../sandbox/simulators/github/github-world.ts';
import { filesOf, logOf } from '../../sandbox/simulators/github/object-store.ts';
import { createGitHubGitHost } from '../../src/adapters/github-git-host.ts';
import type { GitHost } from '../../src/ports/git-host.ts';
import type { RequestBudget } from '../../src/ports/request-budget.ts';
import { appKeyPair } from '../support/app-key-pair.ts';
import type { Effect, Holdings, Tenant } from './outside.ts';
import type { Wire } from './wire.ts';

export interface GitHubSide {
  readonly world: GitHubWorld;
  gitHost(wire: Wire, budget: RequestBudget): GitHost;
  effects(): readonly Effect[];
  holdings(tenant: Tenant): Pick<Holdings, 'commits' | 'files' | 'deployKeys'>;
  /** Tokens that were given out, and those with which the App proved itself. */
  readonly tokens: ReadonlySet<string>;
  snapshot(): GitHubSnapshot;
}

export interface GitHubSnapshot {
  readonly world: unknown;
  readonly tokens: ReadonlySet<string>;
}

const appId = '77';
// One for all runs: making it takes longer than a run.
const appKeys = appKeyPair();
export const appKeyPem = appKeys.privateKey;
const sshHost = 'github.example';
const sshUrlBase = `ssh://git@${sshHost}`;
const apiUrl = 'http://api.github.example';

interface GitHubSideOptions {
  readonly tenants: readonly Tenant[];
  readonly now: () => Date;
  /** Of a world before. */
  readonly from?: GitHubSnapshot | undefined;
}

export function createGitHubSide({ tenants, now, from }: GitHubSideOptions): GitHubSide {
  const world = createGitHubWorld({ now, from: from?.world });
  if (!from) furnish(world, tenants);
  const api = createGitHubApi(world);
  const tokens = new Set(from?.tokens);

  async function send(url: string, init: { method: string; headers: Record<string, string>; body?: string }) {
    const { method, headers, body } = init;
    tokens.add((headers['authorization'] ?? '').replace(/^\w+ /, ''));
    const answer = await api.fetch(new Request(url, { method, headers, ...(body === undefined ? {} : { body }) }));
    if (url.endsWith('/access_tokens')) {
      const { token } = (await answer.clone().json()) as { token?: string };
      if (token !== undefined) tokens.add(token);
    }
    return answer;
  }

  return {
    world,
    tokens,
    snapshot: () => ({ world: world.snapshot(), tokens: new Set(tokens) }),
    gitHost: (wire, budget) =>
      createGitHubGitHost({
        ...{ apiUrl, sshUrlBase, appId, budget, now, randomBelow: () => 0 },
        knownHosts: `${sshHost} ${world.hostKey}\n`,
        appKey: async () => appKeyPem,
        fetch: (url, init) =>
          wire.pass({ name: `github ${init.method} ${templateOf(url)}`, hasEffect: init.method !== 'GET' }, () =>
            send(url, init),
          ),
      }),
    effects: () => effectsOf(world, tenants),
    holdings: (tenant) => holdingsOf(world, tenant),
  };
}

/** What the customer has in the cluster's folder, which Flux applies as well. */
export const appsYaml = `apiVersion: v1
kind: ConfigMap
metadata:
  name: apps
  namespace: default
`;

function furnish(world: GitHubWorld, tenants: readonly Tenant[]): void {
  world.registerApp({ appId, publicKeyPem: appKeys.publicKey });
  for (const { customer, cluster, repository } of tenants) {
    world.createOwner(repository.owner);
    const files = {
      'README.md': `Infrastructure of ${customer}\n`,
      [`flux/clusters/${cluster}/apps.yaml`]: appsYaml,
    };
    world.createRepository({ ...repository, files });
    const permissions = { contents: 'write', administration: 'write' } as const;
    world.installApp(repository.owner, { repositories: 'all', permissions });
  }
}

/** What is somebody's own is left out. */
function templateOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname)
    .replace(/^\/repos\/[^/]+\/[^/]+/, '/repos/{repository}')
    .replaceAll(/\/[0-9a-f]{40}\b/g, '/{sha}')
    .replaceAll(/\/\d+(?=\/|$)/g, '/{id}')
    .replace(/\/(heads|branches)\/.*/, '/$1/{branch}')
    .replace(/\/contents\/.*/, '/contents/{path}');
}

const named: Readonly<Record<string, string>> = {
  'github:UpdateRef': 'commit',
  'github:CreateDeployKey': 'add-key',
  'github:DeleteDeployKey': 'remove-key',
};

function effectsOf(world: GitHubWorld, tenants: readonly Tenant[]): readonly Effect[] {
  const ownerOf = (target: string) =>
    tenants.find(({ repository }) => target.startsWith(`${repository.owner}/${repository.name}`))?.customer ?? '?';
  const credentialsOf = (by: string) => {
    const installation = world.state.installations.get(Number(by.replace(/^installation:/, '')));
    return tenants.find(({ repository }) => repository.owner === installation?.owner)?.customer ?? by;
  };
  return world.history.flatMap(({ action, by, target, detail }) => {
    const name = named[action];
    if (name === undefined || detail['changed'] !== true) return [];
    const whose = { owner: ownerOf(target), by: credentialsOf(by) };
    return [{ system: 'git', action: name, ...whose, target: JSON.stringify(detail) } as const];
  });
}

function holdingsOf(world: GitHubWorld, { repository }: Tenant): Pick<Holdings, 'commits' | 'files' | 'deployKeys'> {
  const stored = [...world.state.repositories.values()].find(
    ({ owner, name }) => owner === repository.owner && name === repository.name,
  );
  const head = world.headOf(repository);
  if (!stored || head === undefined) throw new Error(`${repository.owner}/${repository.name} has gone`);
  const { objects } = stored;
  const contents = [...filesOf(objects, objects.commits.get(head)?.tree ?? '')].map(
    ([path, { id }]) => [path, Buffer.from(objects.blobs.get(id) ?? '').toString()] as const,
  );
  return {
    commits: logOf(objects, head).flatMap((id) => objects.commits.get(id) ?? []),
    files: new Map(contents),
    deployKeys: world.deployKeys(repository),
  };
}
