import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fetch as undiciFetch } from 'undici';
import { createAppKeyFile } from '../adapters/app-key-file.ts';
import { createDirectoryDistributions } from '../adapters/distribution-directory.ts';
import { createReleaseDistributions } from '../adapters/distribution-releases.ts';
import { createEksAccess } from '../adapters/eks-access.ts';
import { createGiteaGitHost } from '../adapters/gitea-git-host.ts';
import { createGitHubGitHost } from '../adapters/github-git-host.ts';
import type { AppKeyConfig, Config, GitHostConfig } from '../config.ts';
import type { AppKey } from '../ports/app-key.ts';
import type { Distributions } from '../ports/distributions.ts';
import type { EcrRegistryAccess } from '../ports/ecr-registry.ts';
import type { EksAccess } from '../ports/eks-access.ts';
import type { GitHost } from '../ports/git-host.ts';
import type { RequestBudget } from '../ports/request-budget.ts';
import type { AwsClients } from './aws-clients.ts';
import { createEcrPort, customerAccounts } from './customer-accounts.ts';
import { onFirstUse } from './on-first-use.ts';

/** The customers' side of the world: their accounts and clusters, their repositories, and Flux's releases. */
export interface OutsidePorts {
  readonly eks: EksAccess;
  readonly ecr: EcrRegistryAccess;
  readonly gitHosts: ReadonlyMap<string, GitHost>;
  readonly distributions: Distributions;
}

export function createOutsidePorts(
  config: Config,
  { budget }: { readonly budget: RequestBudget },
  aws: AwsClients = {},
): OutsidePorts {
  return {
    eks: createEksAccess({
      ...customerAccounts(aws),
      allowedEndpointHosts: config.apiServerHosts,
      eksEndpoint: aws.endpoints?.eks,
      random: () => randomInt(1001) / 1000,
    }),
    ecr: createEcrPort(aws),
    gitHosts: new Map(config.gitHosts.map((host) => [host.name, createGitHost(host, budget)])),
    distributions: createDistributions(config),
  };
}

function createGitHost(host: GitHostConfig, budget: RequestBudget): GitHost {
  const { apiUrl, sshUrl: sshUrlBase, knownHosts } = host;
  // Read each time: a token or key that was rotated counts at once.
  if (host.kind === 'gitea') {
    const token = async () => (await readFile(host.tokenFile, 'utf8')).trim();
    return createGiteaGitHost({ apiUrl, sshUrlBase, knownHosts, token });
  }
  const appKey = onFirstUse(() => createAppKey(host));
  return createGitHubGitHost({
    apiUrl,
    sshUrlBase,
    knownHosts,
    appId: host.appId,
    appKey: async () => (await appKey()).privateKeyPem(),
    onAppKeyRefused: async () => (await appKey()).forget(),
    budget,
    now: () => new Date(),
    randomBelow: (limit) => randomInt(limit),
  });
}

/** The client of Secrets Manager is loaded only where the key is there. */
async function createAppKey(config: AppKeyConfig): Promise<AppKey> {
  if ('appKeyFile' in config) return createAppKeyFile(config.appKeyFile);
  const { createAppKeySecret } = await import('../adapters/app-key-secret.ts');
  return createAppKeySecret({ secretArn: config.appKeySecretArn, now: () => new Date() });
}

function createDistributions({ distributions }: Config): Distributions {
  if (distributions.kind === 'directory') return createDirectoryDistributions(distributions.directory);
  return createReleaseDistributions({ cacheDirectory: distributions.cacheDirectory, fetch: undiciFetch });
}
