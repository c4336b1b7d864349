import { posix } from 'node:path';
import { parse as parseYaml } from 'yaml';
import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { isRecord, stringsAt } from '../kubernetes/json.ts';
import { readManifests } from './manifests.ts';

/**
 * What `kustomize build` makes of a folder, as far as resources go: everything else that a kustomization.yaml may hold
 * (patches, generators, images, …) ends the build with words that say so.
 *
 * Sources: fluxcd/pkg `kustomize/kustomize_generator.go` (the file that is made where there is none),
 * kubernetes-sigs/kustomize `api/internal/target/kusttarget.go`; the messages were seen on kustomize-controller 1.9.3.
 */
export type Built =
  | { readonly kind: 'built'; readonly objects: readonly KubernetesObject[] }
  | { readonly kind: 'failed'; readonly message: string };

export type Files = ReadonlyMap<string, string>;

/** Where the real controller unpacks a source; there a number that is another one each time stands at the end. */
export const workFolder = '/tmp/kustomization-1';

const kustomizationNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const;
const knownFields: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'resources']);

class BuildError extends Error {
  override readonly name = 'BuildError';
}

/** `folder` is relative to the source's root, and exists. */
export function buildFolder(files: Files, folder: string): Built {
  try {
    const resources = resourcesIn(files, folder) ?? scan(files, folder);
    return { kind: 'built', objects: accumulate(files, { folder, resources, within: [folder] }) };
  } catch (error) {
    if (error instanceof BuildError) return { kind: 'failed', message: error.message };
    throw error;
  }
}

/** A path in the source's root, whatever leads out of it (`securejoin`): empty for the root itself. */
export function pathIn(folder: string, path: string): string {
  return posix.join('/', folder, path).replace(/^\/+/, '').replace(/\/+$/, '');
}

export function isFolder(files: Files, folder: string): boolean {
  return folder === '' || [...files.keys()].some((path) => path.startsWith(`${folder}/`));
}

/** `resources` of the folder's kustomization; undefined when it has none. */
function resourcesIn(files: Files, folder: string): readonly string[] | undefined {
  const name = kustomizationNames.find((one) => files.has(pathIn(folder, one)));
  if (name === undefined) return undefined;
  const path = pathIn(folder, name);
  const kustomization = readYaml(files.get(path) ?? '', path);
  if (kustomization === null) return [];
  if (!isRecord(kustomization)) throw new BuildError(`kustomize build failed: ${path} holds no kustomization`);
  const unknown = Object.keys(kustomization).filter((field) => !knownFields.has(field));
  if (unknown.length > 0) {
    throw new BuildError(
      `kustomize build failed: the simulator of Flux does not know ${unknown.join(', ')} in ${path}`,
    );
  }
  return stringsAt(kustomization, 'resources');
}

function readYaml(content: string, path: string): unknown {
  try {
    return parseYaml(content);
  } catch (error) {
    throw new BuildError(`kustomize build failed: invalid Kustomization: ${path}: ${String(error)}`, { cause: error });
  }
}

/** All manifests below the folder, each subfolder with a kustomization as one (`scanManifests`). */
function scan(files: Files, folder: string): readonly string[] {
  const found: string[] = [];
  walk(files, folder, (path, kind) => {
    if (kind === 'folder') {
      if (resourceFile(files, path) === undefined) return 'enter';
      found.push(relativeTo(folder, path));
      return 'skip';
    }
    if (!/\.ya?ml$/.test(path)) return 'skip';
    const manifests = readManifests(files.get(path) ?? '');
    if (manifests.kind === 'unreadable') {
      throw new BuildError(`failed to decode Kubernetes YAML from ${workFolder}/${path}: ${manifests.message}`);
    }
    found.push(relativeTo(folder, path));
    return 'skip';
  });
  return found;
}

function resourceFile(files: Files, folder: string): string | undefined {
  return kustomizationNames.find((name) => files.has(pathIn(folder, name)));
}

function relativeTo(folder: string, path: string): string {
  return `./${folder === '' ? path : path.slice(folder.length + 1)}`;
}

type Visit = (path: string, kind: 'file' | 'folder') => 'enter' | 'skip';

/** Entry by entry in the order of their names, as Go's `filepath.Walk`. */
function walk(files: Files, folder: string, visit: Visit): void {
  const prefix = folder === '' ? '' : `${folder}/`;
  const names = new Set(
    [...files.keys()]
      .filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(prefix.length).split('/')[0] ?? ''),
  );
  for (const name of [...names].sort()) {
    const path = `${prefix}${name}`;
    if (files.has(path)) visit(path, 'file');
    else if (visit(path, 'folder') === 'enter') walk(files, path, visit);
  }
}

interface Target {
  readonly folder: string;
  readonly resources: readonly string[];
  /** The folders that led here. */
  readonly within: readonly string[];
}

function accumulate(files: Files, target: Target): readonly KubernetesObject[] {
  const objects = new Map<string, KubernetesObject>();
  for (const resource of target.resources) {
    const { found, failure } = read(files, target, resource);
    for (const object of found) {
      const id = idOf(object);
      if (objects.has(id)) {
        const said = `may not add resource with an already registered id: ${id}`;
        throw new BuildError(`kustomize build failed: accumulating resources: accumulation err=${failure(said)}`);
      }
      objects.set(id, object);
    }
  }
  return [...objects.values()];
}

interface ReadResource {
  readonly found: readonly KubernetesObject[];
  /** What kustomize says where one of them can't be added. */
  readonly failure: (said: string) => string;
}

function read(files: Files, target: Target, resource: string): ReadResource {
  if (/^[a-z]+:\/\/|^git@|\?ref=/.test(resource)) {
    throw new BuildError(`kustomize build failed: the simulator of Flux reads nothing from elsewhere: ${resource}`);
  }
  const path = pathIn(target.folder, resource);
  const place = `${workFolder}/${path}`;
  const content = files.get(path);
  if (content !== undefined) {
    const manifests = readManifests(content);
    if (manifests.kind === 'unreadable') {
      throw accumulating(`accumulating resources from '${resource}': ${manifests.message}`, notAFolder(place));
    }
    return {
      found: manifests.objects,
      failure: (said) => `'merging resources from '${resource}': ${said}': ${notAFolder(place)}`,
    };
  }
  if (!isFolder(files, path)) {
    const missing = `${place}: no such file or directory`;
    throw accumulating(
      `accumulating resources from '${resource}': open ${missing}`,
      `must build at directory: not a valid directory: evalsymlink failure on '${place}' : lstat ${missing}`,
    );
  }
  const attempt = `accumulating resources from '${resource}': read ${place}: is a directory`;
  const resources = resourcesIn(files, path);
  if (resources === undefined) {
    const names = `'kustomization.yaml', 'kustomization.yml' or 'Kustomization'`;
    const why = `couldn't make target for path '${place}': unable to find one of ${names} in directory '${place}'`;
    throw accumulating(attempt, why);
  }
  if (target.within.includes(path)) throw accumulating(attempt, `cycle detected: candidate root '${place}'`);
  const found = accumulate(files, { folder: path, resources, within: [...target.within, path] });
  return { found, failure: (said) => `'${attempt}': recursed merging from path '${place}': ${said}` };
}

function accumulating(attempt: string, why: string): BuildError {
  return new BuildError(`kustomize build failed: accumulating resources: accumulation err='${attempt}': ${why}`);
}

function notAFolder(place: string): string {
  return `must build at directory: '${place}': file is not directory`;
}

/** `ConfigMap.v1.[noGrp]/name.namespace`, kustomize's `resid`. */
function idOf({ apiVersion, kind, metadata }: KubernetesObject): string {
  const [version = '', group = '[noGrp]'] = apiVersion.split('/').toReversed();
  return `${kind}.${version}.${group}/${metadata.name}.${metadata.namespace ?? '[noNs]'}`;
}
