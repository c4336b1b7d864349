import type { FileChange, FolderListing } from '../ports/git-host.ts';
import type { KubernetesObject, ObjectReference } from '../ports/kubernetes-cluster.ts';
import { removedObjects } from './components-manifests.ts';
import { gitBlobId, objectFormatOf } from './git-blob-id.ts';

/** What a bootstrap writes below the cluster's folder. */
export interface ManagedFiles {
  readonly components: { readonly path: string; readonly content: string };
  readonly sync: { readonly path: string; readonly content: string };
  /** Written only where there is none: an existing one may hold the customer's patches. */
  readonly kustomization: { readonly path: string; readonly content: string };
  readonly objects: readonly KubernetesObject[];
}

/** A file as it must be for the cluster to follow it. */
export interface WrittenFile {
  readonly path: string;
  readonly blob: string;
}

/** What must be committed on top of what the folder holds; empty when all is as it should be. */
export function changesTo(files: ManagedFiles, present: FolderListing): readonly FileChange[] {
  const changes: FileChange[] = [];
  for (const { path, content } of [files.components, files.sync]) {
    const blob = present.get(path);
    if (blob === undefined) changes.push({ path, content });
    else if (blob !== gitBlobId(content, objectFormatOf(blob))) changes.push({ path, content, replacesBlob: blob });
  }
  if (!hasKustomization(files, present)) changes.push(files.kustomization);
  return changes;
}

/** Under any of the names that kustomize takes; two of them side by side it refuses. */
export function hasKustomization(files: ManagedFiles, present: FolderListing): boolean {
  const folder = files.kustomization.path.slice(0, files.kustomization.path.lastIndexOf('/'));
  return ['kustomization.yaml', 'kustomization.yml', 'Kustomization'].some((name) => present.has(`${folder}/${name}`));
}

/** True when the folder holds our files as we write them. */
export function isAsWritten(written: readonly WrittenFile[], present: FolderListing): boolean {
  return written.every(({ path, blob }) => present.get(path) === blob);
}

/** The files as they will stand in a repository of the same object format as `example`. */
export function writtenFiles(files: ManagedFiles, example: string): readonly WrittenFile[] {
  const format = objectFormatOf(example);
  return [files.components, files.sync].map(({ path, content }) => ({ path, blob: gitBlobId(content, format) }));
}

/**
 * Blobs whose objects may go with our change: the files that we replace; and, where there is no `kustomization.yaml`
 * yet, all other manifests beside them. Flux has applied those so far, and a list that does not name them ends that.
 */
export function replacedBlobs(files: ManagedFiles, present: FolderListing): readonly string[] {
  const changed = new Set(changesTo(files, present).map(({ path }) => path));
  const isListed = hasKustomization(files, present);
  const ours = new Set([files.components.path, files.sync.path]);
  return [...present].flatMap(([path, blob]) => {
    const isReplaced = ours.has(path) ? changed.has(path) : !isListed && /\.(ya?ml|json)$/.test(path);
    return isReplaced ? [blob] : [];
  });
}

export type Removals =
  | { readonly kind: 'known'; readonly objects: readonly ObjectReference[] }
  /** What stands there cannot be read as manifests, so nobody knows what goes with it. */
  | { readonly kind: 'unreadable'; readonly detail: string };

/** Objects that the root Kustomization would prune because the new files no longer hold them. */
export function removalsBy(files: ManagedFiles, presentContents: readonly string[]): Removals {
  try {
    return { kind: 'known', objects: presentContents.flatMap((content) => removedObjects(content, files.objects)) };
  } catch (error) {
    return { kind: 'unreadable', detail: error instanceof Error ? error.message : String(error) };
  }
}

/** `Deployment flux-system/helm-controller`. */
export function describeReference(reference: ObjectReference): string {
  const name = reference.namespace === undefined ? reference.name : `${reference.namespace}/${reference.name}`;
  return `${reference.kind} ${name}`;
}
