import type { BootstrapJob } from '../flux-bootstrap/bootstrap-job.ts';
import type { Refusal } from '../operations/operation-failures.ts';
import type { DeployKey } from '../ports/git-host.ts';
import { writableKey } from './deploy-key-refusals.ts';
import { deployKeyTitle } from './deploy-key-title.ts';
import { isSameSshPublicKey } from './ssh-public-key.ts';

export interface RegisteredKey extends DeployKey {
  /** Registered by this call. */
  readonly isNew: boolean;
}

export type Registration =
  | { readonly kind: 'registered'; readonly key: RegisteredKey }
  /** The host knows the key from elsewhere. */
  | { readonly kind: 'in-use'; readonly detail: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Registers a public key so that it can read the repository and do nothing else; registered already is success. */
export async function registerDeployKey(
  job: BootstrapJob,
  publicKey: string,
  signal: AbortSignal,
): Promise<Registration> {
  const present = await findDeployKey(job, publicKey, signal);
  if (present) return readOnly({ ...present, isNew: false });
  const title = deployKeyTitle({ customer: job.operation.customer, cluster: job.operation.cluster }, publicKey);
  const added = await job.gitHost.addDeployKey(job.address, { title, publicKey }, signal);
  if (added.kind === 'deploy-keys-disabled') {
    const remedies = ['Allow deploy keys for the repository, and give our user or App administration of it.'];
    return { kind: 'refused', refusal: { code: 'deploy-keys-disabled', detail: added.detail, remedies } };
  }
  // What counts is what the host says afterwards, not what we asked it for. `in-use` may be an attempt of our own.
  const registered = await findDeployKey(job, publicKey, signal);
  if (registered) return readOnly({ ...registered, isNew: added.kind === 'added' });
  const detail = added.kind === 'in-use' ? added.detail : 'the key was not there when it was read back';
  return { kind: 'in-use', detail };
}

/** The repository's deploy key with this public half. */
export async function findDeployKey(
  job: Pick<BootstrapJob, 'gitHost' | 'address'>,
  publicKey: string,
  signal: AbortSignal,
): Promise<DeployKey | undefined> {
  const keys = await job.gitHost.listDeployKeys(job.address, signal);
  return keys.find((key) => isSameSshPublicKey(key.publicKey, publicKey));
}

function readOnly(key: RegisteredKey): Registration {
  return key.isReadOnly ? { kind: 'registered', key } : { kind: 'refused', refusal: writableKey(key) };
}
