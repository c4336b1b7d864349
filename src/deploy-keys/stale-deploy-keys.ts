import type { DeployKey } from '../ports/git-host.ts';
import { isDeployKeyTitleOf } from './deploy-key-title.ts';
import type { DeployKeyOwner } from './deploy-key-title.ts';
import { isSameSshPublicKey } from './ssh-public-key.ts';

/** Keys of ours for this cluster other than the one that it reads with; all of them when that one is still to be made. */
export function staleDeployKeys(
  owner: DeployKeyOwner,
  keys: readonly DeployKey[],
  publicKey: string | undefined,
): readonly DeployKey[] {
  return keys.filter(
    (key) =>
      isDeployKeyTitleOf(owner, key.title) &&
      (publicKey === undefined || !isSameSshPublicKey(key.publicKey, publicKey)),
  );
}
