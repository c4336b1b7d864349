/** Builds the real parts from the recipes beside this file, once; their go.mod and go.sum pin every module. */
import { execFile } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CacheEntry, obtain, type Progress } from './build-cache.ts';
import { buildFluxCli, buildFluxDistribution, fluxVersion } from './build-flux.ts';

/** Paths of what was built. */
export interface BuiltParts {
  readonly kubeApiserver: string;
  readonly kubectl: string;
  /** One binary for each controller, named as its image. */
  readonly controllersDirectory: string;
  readonly authenticator: string;
  readonly gitea: string;
  /** Holds Gitea's `templates`, `options` and `public`. */
  readonly giteaModuleDirectory: string;
  readonly dynamodbDirectory: string;
  /** Holds a folder for each version: `2.9.2/`. */
  readonly distributionsDirectory: string;
  readonly fluxVersion: string;
  readonly fluxCli: string;
}

export const kubernetesVersion = 'v1.36.3';
/** Older than Flux allows, for the refusal: the same code under another name, for `/version` tells no more. */
export const olderKubernetesVersion = 'v1.32.0';

const recipes = join(import.meta.dirname, 'recipes');

/** One after the other: two builds of this size at once need more memory than they save time. */
export async function buildParts(progress: Progress): Promise<BuiltParts> {
  const kubernetes = await obtain(await kubernetesEntry(), progress);
  const flux = await obtain(await goEntry({ name: 'flux', flags: [], minutes: 6 }), progress);
  const authenticator = await obtain(await goEntry({ name: 'authn', flags: [], minutes: 1 }), progress);
  const gitea = await obtain(await giteaEntry(), progress);
  const dynamodbDirectory = await buildDynamoDb(progress);
  const distributionsDirectory = await obtain(await distributionEntry(flux), progress);
  const cli = await obtain(await fluxCliEntry(distributionsDirectory), progress);
  return {
    kubeApiserver: join(kubernetes, 'kube-apiserver'),
    kubectl: join(kubernetes, 'kubectl'),
    controllersDirectory: flux,
    authenticator: join(authenticator, 'aws-iam-authenticator'),
    gitea: join(gitea, 'gitea'),
    giteaModuleDirectory: join(gitea, 'module'),
    dynamodbDirectory,
    distributionsDirectory,
    fluxVersion,
    fluxCli: join(cli, 'flux'),
  };
}

/** Directory of DynamoDB Local, the one part that a bench without a rig needs. */
export async function buildDynamoDb(progress: Progress): Promise<string> {
  return obtain(await dynamodbEntry(), progress);
}

/** Path of a kube-apiserver whose `/version` says `olderKubernetesVersion`. */
export async function buildOlderKubeApiserver(progress: Progress): Promise<string> {
  const flags = kubernetesFlags(olderKubernetesVersion);
  const tool = 'k8s.io/kubernetes/cmd/kube-apiserver';
  const directory = await obtain(await goEntry({ name: 'k8s', flags, tool, minutes: 1 }), progress);
  return join(directory, 'kube-apiserver');
}

interface GoBuild {
  /** Folder of the recipe. */
  readonly name: string;
  /** Added to `-s -w` of the linker. */
  readonly flags: readonly string[];
  readonly tags?: string;
  /** Default: all tools of the recipe. */
  readonly tool?: string;
  /** Of a build with nothing cached, on two cores. */
  readonly minutes: number;
}

function kubernetesFlags(version: string): readonly string[] {
  const [major = '', minor = ''] = version.slice(1).split('.');
  const variables = { gitVersion: version, gitMajor: major, gitMinor: minor };
  return Object.entries(variables).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
}

async function kubernetesEntry(): Promise<CacheEntry> {
  return goEntry({ name: 'k8s', flags: kubernetesFlags(kubernetesVersion), minutes: 5 });
}

async function goEntry({ name, flags, tags, tool = 'tool', minutes }: GoBuild): Promise<CacheEntry> {
  const recipe = join(recipes, name);
  const args = ['-trimpath', ...(tags === undefined ? [] : ['-tags', tags]), '-ldflags', ['-s -w', ...flags].join(' ')];
  return {
    name,
    recipe: [
      await readFile(join(recipe, 'go.mod'), 'utf8'),
      await readFile(join(recipe, 'go.sum'), 'utf8'),
      ...args,
      tool,
    ],
    announcement: `building ${name} (${minutes} min with nothing cached)`,
    async build(directory) {
      await run('go', ['build', ...args, '-o', `${directory}/`, tool], recipe);
    },
  };
}

/** With the files beside the binary that Gitea reads at run time. */
async function giteaEntry(): Promise<CacheEntry> {
  const tags = 'sqlite sqlite_unlock_notify';
  const entry = await goEntry({ name: 'gitea', flags: ['-X main.Version=1.26.0'], tags, minutes: 3 });
  return {
    ...entry,
    recipe: [...entry.recipe, 'module'],
    async build(directory) {
      await entry.build(directory);
      const list = ['list', '-m', '-f', '{{.Dir}}', 'code.gitea.io/gitea'];
      const moduleDirectory = (await run('go', list, join(recipes, 'gitea'))).trim();
      for (const folder of ['templates', 'options', 'public']) {
        await cp(join(moduleDirectory, folder), join(directory, 'module', folder), { recursive: true });
      }
      // Go's module cache is read-only, and so are copies from it: they could not be removed.
      await run('chmod', ['-R', 'u+w', directory], directory);
    },
  };
}

async function dynamodbEntry(): Promise<CacheEntry> {
  const pom = join(recipes, 'dynamodb-local.pom.xml');
  // The version that Debian's Maven takes where none is named.
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies';
  return {
    name: 'dynamodb',
    recipe: [await readFile(pom, 'utf8'), goal],
    announcement: 'fetching DynamoDB Local',
    async build(directory) {
      await run('mvn', ['-q', '-B', '-f', pom, goal, `-DoutputDirectory=${directory}`], directory);
    },
  };
}

async function fluxRecipe(): Promise<readonly string[]> {
  const files = ['build-flux.ts', 'recipes/flux/go.mod'];
  return Promise.all(files.map((file) => readFile(join(import.meta.dirname, file), 'utf8')));
}

async function distributionEntry(fluxDirectory: string): Promise<CacheEntry> {
  return {
    name: 'distributions',
    recipe: await fluxRecipe(),
    announcement: `building Flux's distribution ${fluxVersion}`,
    async build(directory) {
      await buildFluxDistribution({
        kustomize: join(fluxDirectory, 'kustomize'),
        targetDirectory: join(directory, fluxVersion),
      });
    },
  };
}

async function fluxCliEntry(distributionsDirectory: string): Promise<CacheEntry> {
  return {
    name: 'flux-cli',
    recipe: await fluxRecipe(),
    announcement: 'building the flux CLI (2 min with nothing cached)',
    async build(directory) {
      await buildFluxCli({
        distributionDirectory: join(distributionsDirectory, fluxVersion),
        targetFile: join(directory, 'flux'),
      });
    },
  };
}

/** A build ends with this process. */
async function run(command: string, args: readonly string[], directory: string): Promise<string> {
  try {
    const all = ['--pdeathsig', 'KILL', '--', command, ...args];
    const { stdout } = await promisify(execFile)('setpriv', all, { cwd: directory, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (cause) {
    const stderr = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim().slice(-2000) : '';
    throw new Error(`${command} ${args[0]} failed in ${directory}: ${stderr || String(cause)}`, { cause });
  }
}
