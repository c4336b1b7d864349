import { createHash } from 'node:crypto';

/** An SSH public key as a file, a Secret or a Git host shows it: `<algorithm> <base64> [comment]`. */
export interface SshPublicKey {
  /** Such as `ssh-ed25519`. */
  readonly algorithm: string;
  /** The wire form (RFC 4253 §6.6) in base64. */
  readonly blob: string;
  readonly comment: string;
}

/** Reads one line; `undefined` when it is not a public key whose wire form names the algorithm that stands before it. */
export function parseSshPublicKey(line: string): SshPublicKey | undefined {
  const [, algorithm, blob, comment = ''] =
    /^\s*([\w@.-]+)[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t]+(.*?))?\s*$/.exec(line) ?? [];
  if (algorithm === undefined || blob === undefined) return undefined;
  const wireForm = Buffer.from(blob, 'base64');
  // Decoding skips what it does not know: only what encodes to the same text was base64.
  if (wireForm.toString('base64') !== blob || wireForm.length < 4) return undefined;
  const nameLength = wireForm.readUInt32BE(0);
  if (wireForm.toString('latin1', 4, 4 + nameLength) !== algorithm) return undefined;
  return { algorithm, blob, comment };
}

/** `<algorithm> <base64>`: the form in which two keys are equal when their texts are. */
export function withoutComment(key: SshPublicKey): string {
  return `${key.algorithm} ${key.blob}`;
}

/** Are these the same key, whatever their comments say? Text that is no key equals nothing. */
export function isSameSshPublicKey(one: string, other: string): boolean {
  const key = parseSshPublicKey(one);
  return key !== undefined && key.blob === parseSshPublicKey(other)?.blob;
}

/** `SHA256:…` as `ssh-keygen -l` prints it: base64 of the wire form's digest, without padding. */
export function sshKeyFingerprint(key: SshPublicKey): string {
  const digest = createHash('sha256').update(Buffer.from(key.blob, 'base64')).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}
