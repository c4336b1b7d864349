import { readFile } from 'node:fs/promises';
import { fetch as undiciFetch } from 'undici';
import { createDirectoryDistributions } from '../adapters/distribution-directory.ts';
import { createReleaseDistributions } from '../adapters/distribution-releases.ts';
import { createEksAccess } from '../adapters/eks-access.ts';
import { createGiteaGitHost } from '../adapters/gitea-git-host.ts';
import type { Config, GitHostConfig } from '../config.ts';
import type { Distributions } from '../ports/distributions.ts';
import type { EksAccess } from '../ports/eks-access.ts';
import type { GitHost } from '../ports/git-host.ts';
import type { AwsClients } from './aws-clients.ts';

/** The customers' side of the world: their accounts and clusters, their repositories, and Flux's releases. */
export interface OutsidePorts {
  readonly eks: EksAccess;
  readonly gitHosts: ReadonlyMap<string, GitHost>;
  readonly distributions: Distributions;
}

export function createOutsidePorts(config: Config, aws: AwsClients = {}): OutsidePorts {
  return {
    eks: createEksAccess({
      allowedEndpointHosts: config.apiServerHosts,
      stsEndpoint: aws.endpoints?.sts,
      eksEndpoint: aws.endpoints?.eks,
      ...(aws.credentials && { credentials: aws.credentials }),
    }),
    gitHosts: new Map(config.gitHosts.map((host) => [host.name, createGitHost(host)])),
    distributions: createDistributions(config),
  };
}

function createGitHost(host: GitHostConfig): GitHost {
  return createGiteaGitHost({
    apiUrl: host.apiUrl,
    sshUrlBase: host.sshUrl,
    knownHosts: host.knownHosts,
    // Read each time: a token that was rotated counts at once.
    token: async () => (await readFile(host.tokenFile, 'utf8')).trim(),
  });
}

function createDistributions({ distributions }: Config): Distributions {
  if (distributions.kind === 'directory') return createDirectoryDistributions(distributions.directory);
  return createReleaseDistributions({ cacheDirectory: distributions.cacheDirectory, fetch: undiciFetch });
}
