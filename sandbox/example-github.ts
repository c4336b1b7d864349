import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { exampleCluster, exampleRepository } from './example.ts';
import { repositoryFiles } from './example-repository.ts';
import { onFormerPort } from './former-port.ts';
import { listen, type Listening } from './listen.ts';
import { createGitHubApi } from './simulators/github/github-api.ts';
import { createGitHubWorld, type GitHubWorld } from './simulators/github/github-world.ts';
import { readIfThere, type StateFile, writeWhole } from './state-directory.ts';

/** What `repository.host` of a customer names, and the host in the URLs that Flux reads from. */
export const gitHostName = 'github.example';

export const appId = '1001';

export interface SandboxGitHub {
  readonly world: GitHubWorld;
  readonly api: Listening;
  readonly appKeyFile: string;
}

export interface GitHubStart {
  readonly state: StateFile;
  readonly port: number | undefined;
  /** Gets the App's private key, which is nowhere else. */
  readonly appKeyFile: string;
}

/** GitHub with the example's organization, its repository, and the product's App installed for it. */
export async function startGitHub({ state, port, appKeyFile }: GitHubStart): Promise<SandboxGitHub> {
  const from = state.read();
  let isFurnished = from !== undefined;
  const world = createGitHubWorld({ from, onChange: () => void (isFurnished && state.write(world.snapshot())) });
  if (!isFurnished) {
    furnish(world, await makeAppKey(appKeyFile));
    isFurnished = true;
    state.write(world.snapshot());
  }
  if (readIfThere(appKeyFile) === undefined) throw new Error(`${appKeyFile} is missing: the App's key is nowhere else`);
  const api = createGitHubApi(world);
  return { world, appKeyFile, api: await onFormerPort(port, (at) => listen((request) => api.fetch(request), at)) };
}

/** Answers with the public half. */
async function makeAppKey(file: string): Promise<string> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  writeWhole(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

function furnish(world: GitHubWorld, publicKeyPem: string): void {
  world.registerApp({ appId, publicKeyPem });
  world.createOwner(exampleRepository.owner, { kind: 'Organization' });
  world.createRepository({ ...exampleRepository, branch: 'main', files: repositoryFiles([exampleCluster.name]) });
  const permissions = { contents: 'write', administration: 'write' } as const;
  world.installApp(exampleRepository.owner, { repositories: [exampleRepository.name], permissions });
}
