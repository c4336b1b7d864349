import type { DeployKeyOwner } from '../deploy-keys/deploy-key-title.ts';
import { deployKeyTitle, titleOfNewKey } from '../deploy-keys/deploy-key-title.ts';
import type { FormerKeys, MissedRepository } from '../deploy-keys/former-repositories.ts';
import type { FluxSecret } from '../deploy-keys/flux-secret.ts';
import { isSameSshPublicKey, parseSshPublicKey, sshKeyFingerprint } from '../deploy-keys/ssh-public-key.ts';
import { staleDeployKeys } from '../deploy-keys/stale-deploy-keys.ts';
import type { OutsideCallError } from '../errors.ts';
import { refusalOf } from '../operations/operation-failures.ts';
import type { Refusal } from '../operations/operation-failures.ts';
import { canonicalJson } from '../operations/operation-id.ts';
import type { DeployKey, FolderListing } from '../ports/git-host.ts';
import type { KubernetesObject, ObjectReference } from '../ports/kubernetes-cluster.ts';
import type { GitHostReads, PlanJob } from './bootstrap-job.ts';
import { pass, refused, warn } from './check.ts';
import type { Check } from './check.ts';
import { objectKey } from './components-manifests.ts';
import { changesTo } from './managed-files.ts';
import type { ManagedFiles, Removals } from './managed-files.ts';

/** What a bootstrap would check and change. */
export interface BootstrapPlan {
  /** All checks by name, always, whatever could be asked; the last one says whether `changes` is whole. */
  readonly checks: readonly Check[];
  readonly changes: PlannedChanges;
}

/** Empty: nothing would change. `undefined`: it is not known, and the checks say why. */
export interface PlannedChanges {
  readonly files: readonly FileChangePlan[] | undefined;
  /** Objects that the bootstrap itself would write in the cluster; what Flux then applies from Git is not among them. */
  readonly objects: readonly ObjectChange[] | undefined;
  readonly deployKeys: readonly DeployKeyChange[] | undefined;
  /** Objects that Flux would delete, whether that is allowed or not. */
  readonly removals: readonly ObjectReference[] | undefined;
}

export interface FileChangePlan {
  /** From the repository's root. */
  readonly path: string;
  readonly action: 'create' | 'update';
}

export interface ObjectChange extends ObjectReference {
  readonly action: 'create' | 'update';
}

export interface DeployKeyChange {
  readonly action: 'create' | 'remove';
  /** Of a key that is still to be made it lacks the end, which is the start of the key's fingerprint. */
  readonly title: string;
  /** `SHA256:…`; absent while the key is still to be made. */
  readonly fingerprint?: string | undefined;
}

export interface ChangesSight {
  readonly errors: readonly OutsideCallError[];
  readonly refusal: Refusal | undefined;
  /** Former repositories that could not be looked into. */
  readonly missed: readonly MissedRepository[];
}

/** Are the changes whole? If not: which of them are missing, in the words of whatever failed on the way to them. */
export function judgeChanges(changes: PlannedChanges, { errors, refusal, missed }: ChangesSight): Check {
  if (refusal) return refused('changes', refusal);
  const missing = Object.entries(changes).flatMap(([name, list]) => (list === undefined ? [name] : []));
  if (missing.length > 0) {
    const words = errors.map((error) => refusalOf(error).detail).join(' ') || 'The checks before this one say why.';
    return { name: 'changes', result: 'UNKNOWN', detail: `Not known: ${missing.join(', ')}. ${words}` };
  }
  if (missed.length === 0) return pass('changes', 'The changes are complete.');
  const names = missed.map(({ name }) => name).join(', ');
  const detail = `The cluster read these repositories before, and we could not look for its deploy keys there: ${names}.`;
  const mayAnswer = missed.some(({ why }) => why === 'unanswered');
  return mayAnswer ? { name: 'changes', result: 'UNKNOWN', detail } : warn('changes', detail);
}

export function fileChanges(files: ManagedFiles, present: FolderListing): readonly FileChangePlan[] {
  return changesTo(files, present).map(({ path, replacesBlob }) => ({
    path,
    action: replacesBlob === undefined ? 'create' : 'update',
  }));
}

/** Each object once, however many of the old files hold it. */
export function plannedRemovals(removals: Removals): readonly ObjectReference[] | undefined {
  if (removals.kind === 'unreadable') return undefined;
  return [...new Map(removals.objects.map((object) => [objectKey(object), object])).values()];
}

/** The key that would be registered, then the ones that would go once Flux reads with it. */
export function deployKeyChanges(
  { operation: owner, gitHost }: Pick<PlanJob, 'operation' | 'gitHost'>,
  secret: FluxSecret,
  { keys, former }: { readonly keys: readonly DeployKey[]; readonly former: FormerKeys<GitHostReads>['found'] },
): readonly DeployKeyChange[] {
  // Credentials of somebody else are refused, so nothing is done beside them.
  if (secret.kind === 'other') return [];
  // What reads another repository at a host that knows a key once only is made anew.
  const isElsewhere = (key: string): boolean =>
    !gitHost.sharesDeployKeys &&
    former
      .filter(({ repository }) => repository.gitHost === gitHost)
      .some((there) => there.keys.some(({ publicKey }) => isSameSshPublicKey(publicKey, key)));
  const publicKey = secret.kind === 'ssh' && !isElsewhere(secret.publicKey) ? secret.publicKey : undefined;
  const isRegistered = publicKey !== undefined && keys.some((key) => isSameSshPublicKey(key.publicKey, publicKey));
  const ofFormer = former.flatMap((there) => there.keys);
  const stale = [...staleDeployKeys(owner, keys, publicKey), ...ofFormer].map((key): DeployKeyChange => ({
    action: 'remove',
    title: key.title,
    fingerprint: fingerprintOf(key.publicKey),
  }));
  return isRegistered ? stale : [newKey(owner, publicKey), ...stale];
}

/** A key that stands in the Secret already is registered as it is. */
function newKey(owner: DeployKeyOwner, publicKey: string | undefined): DeployKeyChange {
  if (publicKey === undefined) return { action: 'create', title: titleOfNewKey(owner) };
  return { action: 'create', title: deployKeyTitle(owner, publicKey), fingerprint: fingerprintOf(publicKey) };
}

function fingerprintOf(publicKey: string): string | undefined {
  const key = parseSshPublicKey(publicKey);
  return key && sshKeyFingerprint(key);
}

export function referenceOf({ apiVersion, kind, metadata }: KubernetesObject): ObjectReference {
  const { name, namespace } = metadata;
  return { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name };
}

/** What a dry run answers has other bookkeeping than the live object even where nothing would change. */
export function isSameObject(live: KubernetesObject, applied: KubernetesObject): boolean {
  return canonicalJson(declared(live)) === canonicalJson(declared(applied));
}

function declared(object: KubernetesObject): object {
  const { managedFields: _fields, resourceVersion: _version, generation: _generation, ...metadata } = object.metadata;
  const { status: _status, ...rest } = object;
  return { ...rest, metadata };
}
