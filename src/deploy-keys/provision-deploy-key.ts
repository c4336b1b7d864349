import { OutsideCallError } from '../errors.ts';
import { withCluster } from '../flux-bootstrap/bootstrap-job.ts';
import type { BootstrapJob } from '../flux-bootstrap/bootstrap-job.ts';
import { claimLost, isStillWanted } from '../flux-bootstrap/claim-lost.ts';
import { fluxReferences } from '../flux-bootstrap/live-flux.ts';
import type { Refusal } from '../operations/operation-failures.ts';
import type { BodyOutcome } from '../operations/run-step.ts';
import type { KubernetesCluster } from '../ports/kubernetes-cluster.ts';
import type { SshKeyPair } from '../ports/ssh-key-pairs.ts';
import { foreignSecret } from './deploy-key-refusals.ts';
import { fluxSecretOf } from './flux-secret.ts';
import type { FluxSecret } from './flux-secret.ts';
import { registerDeployKey } from './register-deploy-key.ts';
import type { RegisteredKey } from './register-deploy-key.ts';
import { isSameSshPublicKey, parseSshPublicKey, sshKeyFingerprint } from './ssh-public-key.ts';

export interface ProvisionedKey {
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

type SshSecret = Extract<FluxSecret, { kind: 'ssh' }>;

/**
 * Sees to it that the cluster's Secret holds a key pair whose public half can read the repository. The private half is
 * made here and goes into the Secret and nowhere else: whatever is cut off in between, the Secret says how to go on.
 */
export async function provisionDeployKey(job: BootstrapJob, signal: AbortSignal): Promise<BodyOutcome<ProvisionedKey>> {
  return withCluster(job, signal, async (kubernetes) => {
    const secret = await ensureSecret(job, kubernetes, signal);
    if (secret.kind === 'other') return { kind: 'refused', refusal: foreignSecret };
    // The Secret was read before: whatever a newer operation writes from here on, its resource version tells.
    if (!(await isStillWanted(job))) return claimLost('no deploy key was registered');
    await ensureKnownHosts(job, { kubernetes, secret }, signal);
    const registered = await registerDeployKey(job, secret.publicKey, signal);
    if (registered.kind === 'refused') return registered;
    if (registered.kind === 'registered') return heldKey(job, { kubernetes, key: registered.key }, signal);
    // The host knows this key from elsewhere (the customer's repository was changed): it serves one repository only.
    return renewKey(job, { kubernetes, detail: registered.detail }, signal);
  });
}

/** Create-only: whoever comes second, a zombie of ours included, uses the pair that is there. */
async function ensureSecret(
  job: BootstrapJob,
  kubernetes: KubernetesCluster,
  signal: AbortSignal,
): Promise<Exclude<FluxSecret, { kind: 'absent' }>> {
  const present = fluxSecretOf(await kubernetes.get(fluxReferences.secret, signal));
  if (present.kind !== 'absent') return present;
  const pair = job.deps.keyPairs.generate();
  const { apiVersion, kind, name, namespace } = fluxReferences.secret;
  const data = secretData(job, pair);
  await kubernetes.create({ apiVersion, kind, metadata: { name, namespace }, type: 'Opaque', data }, signal);
  const created = fluxSecretOf(await kubernetes.get(fluxReferences.secret, signal));
  if (created.kind !== 'absent') return created;
  throw inTheMeantime('the Secret flux-system was deleted while it was created');
}

/** The Git host's pinned keys may have been changed since the Secret was written; Flux would refuse the new ones. */
async function ensureKnownHosts(
  job: BootstrapJob,
  { kubernetes, secret }: { readonly kubernetes: KubernetesCluster; readonly secret: SshSecret },
  signal: AbortSignal,
): Promise<void> {
  if (secret.knownHosts === job.gitHost.knownHosts) return;
  const { resourceVersion } = secret;
  const patch = { metadata: { resourceVersion }, data: { known_hosts: encode(job.gitHost.knownHosts) } };
  await patchSecret(kubernetes, patch, signal);
}

/** Every value guarded by the resource version that it was read at. */
async function patchSecret(kubernetes: KubernetesCluster, patch: object, signal: AbortSignal): Promise<void> {
  try {
    const patched = await kubernetes.patch(fluxReferences.secret, patch, signal);
    if (!patched) throw inTheMeantime('the Secret flux-system was deleted');
  } catch (error) {
    if (error instanceof OutsideCallError && error.status === 409) {
      throw inTheMeantime('the Secret flux-system was changed');
    }
    throw error;
  }
}

/** The next attempt reads what is there now. */
function inTheMeantime(answer: string): OutsideCallError {
  return new OutsideCallError({
    system: 'kubernetes',
    failure: 'server-error',
    attempted: 'write the Secret flux-system',
    answer,
  });
}

async function renewKey(
  job: BootstrapJob,
  { kubernetes, detail }: { readonly kubernetes: KubernetesCluster; readonly detail: string },
  signal: AbortSignal,
): Promise<BodyOutcome<ProvisionedKey>> {
  const secret = await kubernetes.get(fluxReferences.secret, signal);
  const { resourceVersion } = secret?.metadata ?? {};
  // A newer operation may have taken the cluster to another repository, with the pair that is in the Secret.
  if (!(await isStillWanted(job))) return claimLost('the key pair was left as it is');
  const pair = job.deps.keyPairs.generate();
  await patchSecret(kubernetes, { metadata: { resourceVersion }, data: secretData(job, pair) }, signal);
  const registered = await registerDeployKey(job, pair.publicKey, signal);
  if (registered.kind === 'registered') return heldKey(job, { kubernetes, key: registered.key }, signal);
  if (registered.kind === 'refused') return registered;
  const refusal: Refusal = {
    code: 'outside-call-refused',
    detail: `The Git host takes no new deploy key: ${registered.detail} (before: ${detail}).`,
    remedies: ['See at the Git host what stands in the way of a new deploy key, then call again.'],
  };
  return { kind: 'refused', refusal };
}

/** Whoever was held up just before it registered the key may find another one in the Secret by now: then it takes its own back. */
async function heldKey(
  job: BootstrapJob,
  { kubernetes, key }: { readonly kubernetes: KubernetesCluster; readonly key: RegisteredKey },
  signal: AbortSignal,
): Promise<BodyOutcome<ProvisionedKey>> {
  if (!key.isNew) return done(key);
  const secret = fluxSecretOf(await kubernetes.get(fluxReferences.secret, signal));
  if (secret.kind === 'ssh' && isSameSshPublicKey(secret.publicKey, key.publicKey)) return done(key);
  await job.gitHost.removeDeployKey(job.address, key.id, signal);
  throw inTheMeantime('the Secret flux-system was given another key');
}

function done({ id, title, publicKey, isReadOnly, isNew }: RegisteredKey): BodyOutcome<ProvisionedKey> {
  const parsed = parseSshPublicKey(publicKey);
  const fingerprint = parsed ? sshKeyFingerprint(parsed) : '';
  const evidence = { fingerprint, deployKeyId: id, title, isReadOnly };
  return { kind: isNew ? 'succeeded' : 'skipped', evidence, value: { fingerprint } };
}

/** The keys that Flux reads for SSH (`identity`, `known_hosts`), and the public half for whoever looks. */
function secretData(job: BootstrapJob, pair: SshKeyPair) {
  return {
    identity: encode(pair.privateKeyPem),
    'identity.pub': encode(`${pair.publicKey}\n`),
    known_hosts: encode(job.gitHost.knownHosts),
  };
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
