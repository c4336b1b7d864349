import type { Refusal } from '../operations/operation-failures.ts';
import type { BodyOutcome } from '../operations/run-step.ts';
import type { DeployKey } from '../ports/git-host.ts';
import type { KubernetesCluster, KubernetesObject } from '../ports/kubernetes-cluster.ts';
import { withCluster } from '../flux-bootstrap/bootstrap-job.ts';
import type { BootstrapJob } from '../flux-bootstrap/bootstrap-job.ts';
import { field, fluxReferences } from '../flux-bootstrap/live-flux.ts';
import { deployKeyTitle, isDeployKeyTitleOf } from './deploy-key-title.ts';
import { isSameSshPublicKey, parseSshPublicKey, sshKeyFingerprint, withoutComment } from './ssh-public-key.ts';

export interface ProvisionedKey {
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/** A key in the cluster's Secret: its public half is all that we ever read of it. */
interface SecretKey {
  readonly publicKey: string;
  readonly secret: KubernetesObject | undefined;
}

/**
 * Sees to it that the cluster's Secret holds a key pair whose public half can read the repository. The private half is
 * made here and goes into the Secret and nowhere else: whatever is cut off in between, the Secret says how to go on.
 */
export async function provisionDeployKey(job: BootstrapJob, signal: AbortSignal): Promise<BodyOutcome<ProvisionedKey>> {
  return withCluster(job, signal, async (kubernetes) => {
    const existing = await readSecretKey(kubernetes, signal);
    if (existing.kind === 'refused') return existing;
    const key = existing.kind === 'found' ? existing.key : await createSecret(job, kubernetes, signal);
    const registered = await register(job, key.publicKey, signal);
    if (registered.kind === 'refused') return registered;
    if (registered.kind === 'registered') return done(registered);
    // The host knows this key from elsewhere (the customer's repository was changed): it serves one repository only.
    return renewKey(job, { kubernetes, key, detail: registered.detail }, signal);
  });
}

type Registration =
  | { readonly kind: 'registered'; readonly key: DeployKey; readonly isNew: boolean }
  | { readonly kind: 'in-use'; readonly detail: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

async function register(job: BootstrapJob, publicKey: string, signal: AbortSignal): Promise<Registration> {
  const present = (await job.gitHost.listDeployKeys(job.address, signal)).find((key) =>
    isSameSshPublicKey(key.publicKey, publicKey),
  );
  if (present) return readOnly(present, false);
  const title = deployKeyTitle({ customer: job.operation.customer, cluster: job.operation.cluster }, publicKey);
  const added = await job.gitHost.addDeployKey(job.address, { title, publicKey }, signal);
  switch (added.kind) {
    case 'added':
      return readBack(job, publicKey, signal);
    case 'deploy-keys-disabled':
      return {
        kind: 'refused',
        refusal: {
          code: 'deploy-keys-disabled',
          detail: added.detail,
          remedies: ['Allow deploy keys for the repository, and give our user or App administration of it.'],
        },
      };
    case 'in-use':
      return { kind: 'in-use', detail: added.detail };
  }
}

/** What counts is what the host says afterwards, not what we asked it for. */
async function readBack(job: BootstrapJob, publicKey: string, signal: AbortSignal): Promise<Registration> {
  const present = (await job.gitHost.listDeployKeys(job.address, signal)).find((key) =>
    isSameSshPublicKey(key.publicKey, publicKey),
  );
  return present ? readOnly(present, true) : { kind: 'in-use', detail: 'the key was not there when it was read back' };
}

function readOnly(key: DeployKey, isNew: boolean): Registration {
  if (key.isReadOnly) return { kind: 'registered', key, isNew };
  return {
    kind: 'refused',
    refusal: {
      code: 'secret-not-ours',
      detail: `The deploy key "${key.title}" that the cluster's Secret holds may write to the repository; only a read-only key is taken.`,
      remedies: [
        'Remove that deploy key at the Git host, or delete the Secret flux-system in the cluster, then call again.',
      ],
    },
  };
}

async function renewKey(
  job: BootstrapJob,
  { kubernetes, key, detail }: { kubernetes: KubernetesCluster; key: SecretKey; detail: string },
  signal: AbortSignal,
): Promise<BodyOutcome<ProvisionedKey>> {
  const pair = job.deps.keyPairs.generate();
  const before = key.secret ?? (await kubernetes.get(fluxReferences.secret, signal));
  // The resource version makes the API server refuse this if somebody else has written the Secret since.
  const metadata = { resourceVersion: before?.metadata.resourceVersion };
  await kubernetes.patch(fluxReferences.secret, { metadata, data: secretData(job, pair) }, signal);
  const registered = await register(job, pair.publicKey, signal);
  if (registered.kind === 'registered') return done(registered);
  if (registered.kind === 'refused') return registered;
  const refusal: Refusal = {
    code: 'outside-call-refused',
    detail: `The Git host takes no new deploy key: ${registered.detail} (before: ${detail}).`,
    remedies: ['See at the Git host what stands in the way of a new deploy key, then call again.'],
  };
  return { kind: 'refused', refusal };
}

function done({ key, isNew }: { readonly key: DeployKey; readonly isNew: boolean }): BodyOutcome<ProvisionedKey> {
  const parsed = parseSshPublicKey(key.publicKey);
  const fingerprint = parsed ? sshKeyFingerprint(parsed) : '';
  const evidence = { fingerprint, deployKeyId: key.id, title: key.title, isReadOnly: key.isReadOnly };
  return { kind: isNew ? 'succeeded' : 'skipped', evidence, value: { fingerprint } };
}

type Existing =
  | { readonly kind: 'found'; readonly key: SecretKey }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

async function readSecretKey(kubernetes: KubernetesCluster, signal: AbortSignal): Promise<Existing> {
  const secret = await kubernetes.get(fluxReferences.secret, signal);
  if (!secret) return { kind: 'absent' };
  const encoded = field(secret, 'data', 'identity.pub');
  const parsed =
    typeof encoded === 'string' ? parseSshPublicKey(Buffer.from(encoded, 'base64').toString('utf8').trim()) : undefined;
  if (parsed && field(secret, 'data', 'identity') !== undefined) {
    return { kind: 'found', key: { publicKey: withoutComment(parsed), secret } };
  }
  return {
    kind: 'refused',
    refusal: {
      code: 'secret-not-ours',
      detail: 'The Secret flux-system in the cluster holds credentials of another kind than an SSH key pair.',
      remedies: ['Delete the Secret if nobody needs it any more, then call again: a new deploy key is made.'],
    },
  };
}

/** Create-only: whoever comes second, a zombie of ours included, uses the pair that is there. */
async function createSecret(job: BootstrapJob, kubernetes: KubernetesCluster, signal: AbortSignal): Promise<SecretKey> {
  const pair = job.deps.keyPairs.generate();
  const { apiVersion, kind, name, namespace } = fluxReferences.secret;
  const created = await kubernetes.create(
    { apiVersion, kind, metadata: { name, namespace }, type: 'Opaque', data: secretData(job, pair) },
    signal,
  );
  if (created.kind === 'created') return { publicKey: pair.publicKey, secret: undefined };
  const existing = await readSecretKey(kubernetes, signal);
  if (existing.kind === 'found') return existing.key;
  throw new TypeError('the Secret flux-system changed its kind while it was created');
}

/** The keys that Flux reads for SSH (`identity`, `known_hosts`), and the public half for whoever looks. */
function secretData(job: BootstrapJob, pair: { readonly privateKeyPem: string; readonly publicKey: string }) {
  const encode = (text: string) => Buffer.from(text, 'utf8').toString('base64');
  return {
    identity: encode(pair.privateKeyPem),
    'identity.pub': encode(`${pair.publicKey}\n`),
    known_hosts: encode(job.gitHost.knownHosts),
  };
}

/** Removes keys of ours for this cluster that its Secret does not hold: of a cluster replaced, or of a renewed key. */
export async function removeStaleDeployKeys(
  job: BootstrapJob,
  kubernetes: KubernetesCluster,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const existing = await readSecretKey(kubernetes, signal);
  if (existing.kind !== 'found') return [];
  const owner = { customer: job.operation.customer, cluster: job.operation.cluster };
  const stale = (await job.gitHost.listDeployKeys(job.address, signal)).filter(
    (key) => isDeployKeyTitleOf(owner, key.title) && !isSameSshPublicKey(key.publicKey, existing.key.publicKey),
  );
  for (const key of stale) await job.gitHost.removeDeployKey(job.address, key.id, signal);
  return stale.map(({ title }) => title);
}
