import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** The private half is a secret: it goes into the cluster's Secret and nowhere else. */
export interface SshKeyPair {
  /** PKCS#8 in PEM, as the Flux CLI writes it; Go's SSH library reads it, OpenSSH's own client does not. */
  readonly privateKeyPem: string;
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly publicKey: string;
}

/** A new ed25519 key pair; takes less than a millisecond. */
export function generateKeyPair(): SshKeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: inSshForm(publicKey),
  };
}

/** The public half of an ed25519 key in PKCS#8 PEM; `undefined` when the text is something else. */
export function publicKeyOf(privateKeyPem: string): string | undefined {
  const privateKey = readPrivateKey(privateKeyPem);
  return privateKey?.asymmetricKeyType === 'ed25519' ? inSshForm(createPublicKey(privateKey)) : undefined;
}

function readPrivateKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // The error may repeat parts of its input: it goes no further.
    return undefined;
  }
}

const algorithm = 'ssh-ed25519';

/** RFC 8709 §4: the algorithm's name and the 32 bytes of the key, each preceded by its length in four bytes. */
function inSshForm(publicKey: KeyObject): string {
  const { x } = publicKey.export({ format: 'jwk' });
  if (x === undefined) throw new TypeError('not an ed25519 key');
  const wireForm = Buffer.concat([lengthPrefixed(Buffer.from(algorithm)), lengthPrefixed(Buffer.from(x, 'base64url'))]);
  return `${algorithm} ${wireForm.toString('base64')}`;
}

function lengthPrefixed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
