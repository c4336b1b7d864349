import { createHash } from 'node:crypto';
import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { recordAt, stringAt, stringsAt } from '../kubernetes/json.ts';
import type { Controller, Next, Surroundings } from './controller.ts';
import { faultWords, referenceOf } from './controller.ts';
import type { FetchedSource, GitServer } from './git-server.ts';
import { parseGoDuration } from './go-duration.ts';
import type { Files } from './kustomize-build.ts';
import { createLookedAt } from './looked-at.ts';
import { archived, branchOf, hasOwnIgnoreFile, sshAuthOf, unknownToSource } from './source-spec.ts';
import type { StatusDraft } from './status-draft.ts';
import { draftStatus, kubernetesTime, requestedAt } from './status-draft.ts';

export const sourceKind = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository' } as const;
const finalizer = 'finalizers.fluxcd.io';
const name = 'source-controller';

/** The content of artifacts by the path that the status names; it is gone when the pod is. */
export type Artifacts = Map<string, Files>;

export interface SourceControllerOptions extends Surroundings {
  readonly git: GitServer;
  readonly artifacts: Artifacts;
}

/**
 * GitRepositories, as fluxcd/source-controller 1.9.3 reconciles them (`internal/controller/gitrepository_controller.go`,
 * `internal/reconcile/summarize`); reasons and messages were compared with those of the real one.
 */
export function createSourceController(options: SourceControllerOptions): Controller {
  const { world, artifacts } = options;
  const lookedAt = createLookedAt(sourceKind.kind);
  return {
    name,
    toLookAt: (event) => lookedAt.keysOf(event),
    all: () => lookedAt.start(world.list(sourceKind)),
    reconcile: (key) => reconcile(options, key),
    forget: () => artifacts.clear(),
  };
}

function reconcile(options: SourceControllerOptions, key: string): Next {
  const { world, now } = options;
  const reference = referenceOf(sourceKind, key);
  const found = world.get(reference);
  if (!found) return { kind: 'rest' };
  const finalizers = stringsAt(found.metadata, 'finalizers');
  if (found.metadata.deletionTimestamp !== undefined) {
    options.artifacts.delete(pathOf(found));
    world.patchMetadata(reference, { finalizers: finalizers.filter((one) => one !== finalizer) }, name);
    return { kind: 'rest' };
  }
  const source = finalizers.includes(finalizer)
    ? found
    : (world.patchMetadata(reference, { finalizers: [...finalizers, finalizer] }, name) ?? found);
  const draft = draftStatus(source, now);
  const next = recordAt(source, 'spec')['suspend'] === true ? rest : fetchSource(options, draft);
  // Whatever came of it, the request has been handled, even that of a suspended object.
  if (requestedAt(source) !== undefined) draft.set('lastHandledReconcileAt', requestedAt(source));
  world.setStatus(reference, draft.status(), name);
  return next;
}

const rest: Next = { kind: 'rest' };

function fetchSource(options: SourceControllerOptions, draft: StatusDraft): Next {
  const { object: source } = draft;
  startProgress(options, draft);
  const outcome = attempt(options, draft);
  if (outcome.kind === 'later') return { kind: 'again', afterMs: outcome.afterMs };
  if (outcome.kind === 'failed') {
    const { reason, message } = outcome;
    draft.mark('FetchFailed', { status: 'True', reason, message });
    draft.mark('Ready', { status: 'False', reason, message });
    const progress = draft.condition('Reconciling')?.message ?? 'reconciliation in progress';
    draft.mark('Reconciling', { status: 'True', reason: 'ProgressingWithRetry', message: progress });
    return { kind: 'retry' };
  }
  const { revision } = outcome;
  const stored = {
    status: 'True',
    reason: 'Succeeded',
    message: `stored artifact for revision '${revision}'`,
  } as const;
  for (const type of ['FetchFailed', 'ArtifactOutdated', 'Reconciling']) draft.unmark(type);
  draft.mark('ArtifactInStorage', stored);
  draft.mark('Ready', stored);
  draft.set('observedGeneration', source.metadata.generation);
  return { kind: 'again', afterMs: parseGoDuration(recordAt(source, 'spec')['interval']) ?? 60_000 };
}

/** What is seen while the controller works: on a new generation, on a request, and while there is no artifact. */
function startProgress({ world, artifacts }: SourceControllerOptions, draft: StatusDraft): void {
  const { object: source } = draft;
  const observed = draft.get('observedGeneration');
  const generation = source.metadata.generation ?? 0;
  const isLost = draft.get('artifact') !== undefined && !artifacts.has(pathOf(source));
  if (isLost) draft.set('artifact', undefined);
  let message = 'reconciliation in progress';
  if (observed !== generation) {
    const before = typeof observed === 'number' ? observed : -1;
    message = `processing object: new generation ${before} -> ${generation}`;
  }
  const isMissing = draft.get('artifact') === undefined;
  if (isMissing) {
    draft.unmark('ArtifactInStorage');
    message = isLost ? 'building artifact: disappeared from storage' : 'building artifact';
  }
  const progress = { reason: 'Progressing', message } as const;
  draft.mark('Reconciling', { status: 'True', ...progress });
  const ready = draft.condition('Ready');
  if (isMissing || !ready || ready.status === 'Unknown') draft.mark('Ready', { status: 'Unknown', ...progress });
  const isAsked = requestedAt(source) !== draft.get('lastHandledReconcileAt');
  if (isMissing || isAsked || observed !== generation) {
    world.setStatus({ ...sourceKind, ...nameOf(source) }, draft.status(), name);
  }
}

type Attempt =
  | { readonly kind: 'stored'; readonly revision: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly message: string }
  | { readonly kind: 'later'; readonly afterMs: number };

function attempt(options: SourceControllerOptions, draft: StatusDraft): Attempt {
  const { object: source } = draft;
  const reason = 'GitOperationFailed';
  const unknown = unknownToSource(source);
  if (unknown !== undefined) return { kind: 'failed', reason, message: unknown };
  const secret = findSecret(options, source);
  if (secret.kind === 'missing') return { kind: 'failed', reason: 'AuthenticationFailed', message: secret.message };
  const auth = sshAuthOf(secret.object);
  if (auth.kind === 'incomplete') return { kind: 'failed', reason: auth.reason, message: auth.message };
  const url = stringAt(source['spec'], 'url');
  const struck = options.fault('flux:fetch');
  if (struck && struck.error === undefined) return { kind: 'later', afterMs: struck.delayMs };
  const fetched: FetchedSource =
    struck?.error !== undefined
      ? { kind: 'refused', message: faultWords(struck.error) }
      : options.git.fetch({ url, privateKeyPem: auth.identity, knownHosts: auth.knownHosts, branch: branchOf(source) });
  if (fetched.kind === 'refused') return refusal(draft, url, fetched.message);
  if (hasOwnIgnoreFile(fetched.files)) {
    return { kind: 'failed', reason, message: 'the simulator of Flux does not know .sourceignore' };
  }
  return store(options, draft, fetched);
}

function refusal(draft: StatusDraft, url: string, said: string): Attempt {
  if (said === 'remote repository is empty') {
    return { kind: 'failed', reason: 'EmptyGitRepository', message: 'git repository is empty' };
  }
  const failed = (tried: string): Attempt => {
    const message = `failed to checkout and determine revision: ${tried}: ${said}`;
    return { kind: 'failed', reason: 'GitOperationFailed', message };
  };
  if (said === 'ssh: no key found') return failed('unable to construct auth method with options');
  // With an artifact in storage it asks for the branch's head first, and clones only another one.
  const isListing = draft.get('artifact') !== undefined && !said.startsWith("couldn't find remote ref");
  return failed(`${isListing ? 'unable to list remote for' : 'unable to clone'} '${url}'`);
}

function findSecret(
  { world }: SourceControllerOptions,
  source: KubernetesObject,
):
  | { readonly kind: 'found'; readonly object: KubernetesObject | undefined }
  | { readonly kind: 'missing'; readonly message: string } {
  const secretName = stringAt(recordAt(source['spec'], 'secretRef'), 'name');
  if (secretName === '') return { kind: 'found', object: undefined };
  const { namespace = '' } = source.metadata;
  const object = world.get({ apiVersion: 'v1', kind: 'Secret', name: secretName, namespace });
  if (object) return { kind: 'found', object };
  // Said twice by the real one as well.
  const failed = `failed to get secret '${namespace}/${secretName}':`;
  return { kind: 'missing', message: `${failed} ${failed} secrets "${secretName}" not found` };
}

function store(
  { world, now, artifacts }: SourceControllerOptions,
  draft: StatusDraft,
  { commit, files }: Extract<FetchedSource, { kind: 'fetched' }>,
): Attempt {
  const { object: source } = draft;
  const revision = `${branchOf(source)}@sha1:${commit}`;
  const before = draft.get('artifact');
  if (stringAt(before, 'revision') === revision) return { kind: 'stored', revision };
  const message = `building artifact: new upstream revision '${revision}'`;
  if (before !== undefined) {
    const outdated = `new upstream revision '${revision}'`;
    draft.mark('ArtifactOutdated', { status: 'True', reason: 'NewRevision', message: outdated });
  }
  draft.mark('Reconciling', { status: 'True', reason: 'Progressing', message });
  draft.mark('Ready', { status: 'Unknown', reason: 'Progressing', message });
  world.setStatus({ ...sourceKind, ...nameOf(source) }, draft.status(), name);
  const { namespace = '' } = source.metadata;
  const path = `gitrepository/${namespace}/${source.metadata.name}/${commit}.tar.gz`;
  const kept = archived(files);
  artifacts.delete(stringAt(before, 'path'));
  artifacts.set(path, kept);
  draft.set('artifact', {
    ...digest(kept),
    lastUpdateTime: kubernetesTime(now()),
    path,
    revision,
    url: `http://source-controller.flux-system.svc.cluster.local./${path}`,
  });
  return { kind: 'stored', revision };
}

/** Of the content as it is; the real digest is that of an archive. */
function digest(files: Files): { readonly digest: string; readonly size: number } {
  const hash = createHash('sha256');
  let size = 0;
  for (const [path, content] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) {
    hash.update(`${path}\0${content.length}\0${content}`);
    size += content.length;
  }
  return { digest: `sha256:${hash.digest('hex')}`, size };
}

function pathOf(source: KubernetesObject): string {
  return stringAt(recordAt(source['status'], 'artifact'), 'path');
}

function nameOf({ metadata }: KubernetesObject): { readonly name: string; readonly namespace: string } {
  return { name: metadata.name, namespace: metadata.namespace ?? '' };
}
