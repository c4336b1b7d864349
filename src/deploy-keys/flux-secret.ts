import type { KubernetesObject } from '../ports/kubernetes-cluster.ts';
import { parseSshPublicKey, withoutComment } from './ssh-public-key.ts';

/** What the Secret that Flux reads its repository with holds, as far as anybody but Flux may know it. */
export type FluxSecret =
  | { readonly kind: 'absent' }
  /** What we and `flux bootstrap` write: an SSH key pair. */
  | {
      readonly kind: 'ssh';
      /** `ssh-ed25519 AAAA…`, without a comment. */
      readonly publicKey: string;
      /** Text of `known_hosts`; empty when there is none. */
      readonly knownHosts: string;
      /** Guards a change against whoever writes in between. */
      readonly resourceVersion: string | undefined;
    }
  /** Credentials of another kind: they belong to somebody else. */
  | { readonly kind: 'other' };

/** Keys of a source's Secret that stand for something else than SSH (Flux documentation, GitRepository, "Secret reference"). */
const foreignKeys = ['username', 'password', 'bearerToken', 'githubAppID', 'githubAppPrivateKey'];

export function fluxSecretOf(secret: KubernetesObject | undefined): FluxSecret {
  if (!secret) return { kind: 'absent' };
  const data = dataOf(secret);
  const publicKey = parseSshPublicKey(text(data, 'identity.pub').trim());
  const isForeign = foreignKeys.some((key) => data.has(key));
  if (isForeign || !publicKey || !data.has('identity')) return { kind: 'other' };
  const { resourceVersion } = secret.metadata;
  return { kind: 'ssh', publicKey: withoutComment(publicKey), knownHosts: text(data, 'known_hosts'), resourceVersion };
}

function dataOf(secret: KubernetesObject): ReadonlyMap<string, unknown> {
  const data = secret['data'];
  return new Map(typeof data === 'object' && data !== null ? Object.entries(data) : []);
}

function text(data: ReadonlyMap<string, unknown>, key: string): string {
  const encoded = data.get(key);
  return typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString('utf8') : '';
}
