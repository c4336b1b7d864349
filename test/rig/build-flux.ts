/**
 * Builds from pinned Go modules what Flux publishes with a release: the files of `manifests.tar.gz` (the
 * distribution) and the `flux` CLI, which has the same files embedded.
 *
 * Follows `manifests/scripts/bundle.sh` and `.goreleaser.yml` of fluxcd/flux2. Works on copies: nothing is written
 * into the Go module cache.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

export const fluxVersion = '2.9.2';

const cliModule = `github.com/fluxcd/flux2/v2@v${fluxVersion}`;

/** Module → checksum as `go.sum` writes it; a module with another content is refused. */
const moduleSums: Readonly<Record<string, string>> = {
  [cliModule]: 'h1:tts1QHzJTdBBdXyId0l+qFSVKDhqjTxEuPN/6lgKOSk=',
  'github.com/fluxcd/source-controller@v1.9.3': 'h1:Zj1gfvK/2MFIm/K3vh5fSHoJBoggLKMuLWf5ZEmaF0w=',
  'github.com/fluxcd/kustomize-controller@v1.9.3': 'h1:ICUSwJ38bpSKdt5VnIhF23QuUBm6CKzFwzi7Si1xmyc=',
  'github.com/fluxcd/helm-controller@v1.6.2': 'h1:cEirkQjLFF721EomwtH5fHuhpiYCW9HkAje1HTzCTsM=',
  'github.com/fluxcd/notification-controller@v1.9.2': 'h1:K/l3aovY48rtFoFKF+begn+SSn6vWZY2M3snP4dBylk=',
  'github.com/fluxcd/image-reflector-controller@v1.2.3': 'h1:fV3QLR46VSOt2rpo2xIjTPP2x0a6EYshoSVegUV8erw=',
  'github.com/fluxcd/image-automation-controller@v1.2.3': 'h1:bhBq2QuOBrbCdRiceeasPkXgqdeLdzMchulZ1OxJkcQ=',
  'github.com/fluxcd/source-watcher/v2@v2.2.2': 'h1:rDqpdZrQ2RM3+k+wGauwXGdI78qIqEG9F6By2hZqV20=',
};

export interface BuildDistributionOptions {
  /** The kustomize binary. */
  readonly kustomize: string;
  /** Added to this process's environment for `go`. */
  readonly goEnv?: Readonly<Record<string, string>>;
  /** Gets the `*.yaml` files; `<root>/2.9.2` where a directory of distributions is wanted. */
  readonly targetDirectory: string;
}

/** Builds the distribution, once: a target directory that exists is complete and is left as it is. */
export async function buildFluxDistribution(options: BuildDistributionOptions): Promise<void> {
  if (await exists(options.targetDirectory)) return;
  const parent = dirname(options.targetDirectory);
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(join(parent, '.build-distribution-'));
  try {
    const manifests = join(work, 'manifests');
    await copyWritable(join(await downloadModule(cliModule, options.goEnv), 'manifests'), manifests);

    const output = join(work, 'output');
    await mkdir(output);
    const bases = await readdir(join(manifests, 'bases'));
    await Promise.all(
      bases.map(async (controller) => {
        const base = join(manifests, 'bases', controller);
        await replaceReleaseUrls(base, options);
        await writeFile(join(output, `${controller}.yaml`), await run(options.kustomize, ['build', base]));
      }),
    );
    for (const folder of ['rbac', 'policies']) {
      await writeFile(join(output, `${folder}.yaml`), await run(options.kustomize, ['build', join(manifests, folder)]));
    }
    await rename(output, options.targetDirectory).catch(async (error: unknown) => {
      // Another process may have been faster; it made the same.
      if (!(await exists(options.targetDirectory))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

export interface BuildCliOptions {
  /** What `buildFluxDistribution` made. */
  readonly distributionDirectory: string;
  /** Path of the binary to make. */
  readonly targetFile: string;
  readonly goEnv?: Readonly<Record<string, string>>;
}

/** Builds the CLI with this distribution embedded, unless the target was built from the same already. */
export async function buildFluxCli(options: BuildCliOptions): Promise<void> {
  const stampFile = `${options.targetFile}.built-from`;
  const stamp = await hashDirectory(options.distributionDirectory);
  if ((await exists(options.targetFile)) && (await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return;

  const parent = dirname(options.targetFile);
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(join(parent, '.build-flux-'));
  try {
    const source = join(work, 'flux2');
    await copyWritable(await downloadModule(cliModule, options.goEnv), source);
    const embedded = join(source, 'cmd', 'flux', 'manifests');
    await rm(embedded, { recursive: true, force: true });
    await cp(options.distributionDirectory, embedded, { recursive: true });

    const binary = join(work, 'flux');
    const flags = ['-trimpath', '-buildvcs=false', '-ldflags', `-s -w -X main.VERSION=${fluxVersion}`];
    // The copy holds the module's own go.mod and go.sum; GOWORK=off keeps a workspace around it out of the build.
    await run('go', ['build', ...flags, '-o', binary, './cmd/flux'], {
      cwd: source,
      env: { ...options.goEnv, CGO_ENABLED: '0', GOWORK: 'off' },
    });
    await rename(binary, options.targetFile);
    await writeFile(stampFile, stamp);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A base names two files of the controller's release; here they are built from the controller's module instead. */
async function replaceReleaseUrls(base: string, options: BuildDistributionOptions): Promise<void> {
  const file = join(base, 'kustomization.yaml');
  const releaseUrl =
    /https:\/\/github\.com\/fluxcd\/([a-z-]+)\/releases\/download\/(v(\d+)\.[\d.]+)\/[a-z-]+\.(crds|deployment)\.yaml/g;
  const configFolders = { crds: 'crd', deployment: 'manager' } as const;
  let kustomization = await readFile(file, 'utf8');
  for (const [url, name, version, major, part] of kustomization.matchAll(releaseUrl)) {
    const path = `github.com/fluxcd/${name}${Number(major) > 1 ? `/v${major}` : ''}`;
    const directory = await downloadModule(`${path}@${version}`, options.goEnv);
    const folder = configFolders[part === 'crds' ? 'crds' : 'deployment'];
    await writeFile(
      join(base, `${part}.yaml`),
      await run(options.kustomize, ['build', join(directory, 'config', folder)]),
    );
    kustomization = kustomization.replace(url, `${part}.yaml`);
  }
  if (kustomization.includes('https://')) {
    throw new Error(`${file} names an address that is not known: ${kustomization}`);
  }
  await writeFile(file, kustomization);
}

/** Makes sure that the module is in Go's module cache and has the pinned content; answers its directory there. */
async function downloadModule(module: string, goEnv: Readonly<Record<string, string>> = {}): Promise<string> {
  const expected = moduleSums[module];
  if (expected === undefined) throw new Error(`no checksum is pinned for ${module}`);
  const answer: unknown = JSON.parse(await run('go', ['mod', 'download', '-json', module], { env: goEnv, cwd: '/' }));
  const { Dir: directory, Sum: sum } = answer as { readonly Dir?: string; readonly Sum?: string };
  if (sum !== expected) throw new Error(`${module} has the checksum ${sum}, expected ${expected}`);
  if (directory === undefined) throw new Error(`go did not say where ${module} is`);
  return directory;
}

/** Files in the module cache are read-only, and so would be their copies. */
async function copyWritable(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const target = join(to, entry.name);
    if (entry.isDirectory()) {
      await copyWritable(join(from, entry.name), target);
    } else {
      await copyFile(join(from, entry.name), target);
      await chmod(target, 0o644);
    }
  }
}

async function hashDirectory(directory: string): Promise<string> {
  const hash = createHash('sha256').update(cliModule);
  for (const name of (await readdir(directory)).toSorted()) {
    hash.update(`\0${name}\0`).update(await readFile(join(directory, name)));
  }
  return hash.digest('hex');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, ...options.env },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new Error(`${command} ${args.join(' ')} failed: ${stderr || String(error)}`, { cause: error });
  }
}
