import { parseSshPublicKey, sshKeyFingerprint } from './ssh-public-key.ts';

/** The cluster that a deploy key belongs to. Slugs: neither holds `/` or a space. */
export interface DeployKeyOwner {
  readonly customer: string;
  readonly cluster: string;
}

/**
 * What the Git host shows beside the key: whose it is, and the start of its fingerprint,
 * `fleet-api:<customer>/<cluster> (flux-system) 1Z8gYx0Q`.
 *
 * The fingerprint is there because Gitea refuses a second key under the same title (422 "A key with the same name
 * already exists"), and two keys of one cluster do stand side by side: the new one is registered before the old one
 * goes.
 */
export function deployKeyTitle(owner: DeployKeyOwner, publicKey: string): string {
  const key = parseSshPublicKey(publicKey);
  if (key === undefined) throw new TypeError('a deploy key needs an SSH public key');
  return `${titleStart(owner)}${sshKeyFingerprint(key).slice('SHA256:'.length).slice(0, shownFingerprintLength)}`;
}

/** Is this the title of one of this cluster's keys, whichever key it is? */
export function isDeployKeyTitleOf(owner: DeployKeyOwner, title: string): boolean {
  return title.startsWith(titleStart(owner)) && /^[A-Za-z0-9+/]+$/.test(title.slice(titleStart(owner).length));
}

const shownFingerprintLength = 8;

/** The title that a key will have whose fingerprint nobody knows yet, without it. */
export function titleOfNewKey(owner: DeployKeyOwner): string {
  return titleStart(owner).trimEnd();
}

function titleStart(owner: DeployKeyOwner): string {
  return `fleet-api:${owner.customer}/${owner.cluster} (flux-system) `;
}
