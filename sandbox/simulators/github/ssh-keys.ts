import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/**
 * SSH keys as GitHub and an SSH client read them; written from the formats' own documents (RFC 4253 §6.6, RFC 8709,
 * openssh-portable's PROTOCOL.key) and sharing no code with the product, whose keys it judges.
 */

/** docs.github.com, "Managing deploy keys" and the message that GitHub answers to others. */
const algorithms = new Set([
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]);

/** `<algorithm> <base64>` without a comment, as GitHub keeps it; `undefined` when the text is no public key. */
export function readPublicKey(text: string): string | undefined {
  const [algorithm = '', base64 = ''] = text.trim().split(/[ \t]+/);
  if (!algorithms.has(algorithm) || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const fields = readFields(Buffer.from(base64, 'base64'));
  if (fields?.[0]?.toString('latin1') !== algorithm || fields.length < 2) return undefined;
  if (algorithm === 'ssh-ed25519' && fields[1]?.length !== 32) return undefined;
  return `${algorithm} ${base64}`;
}

/** A sequence of `string`s of RFC 4251 §5 that fills the bytes exactly. */
function readFields(bytes: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + 4 > bytes.length) return undefined;
    const length = bytes.readUInt32BE(at);
    if (at + 4 + length > bytes.length) return undefined;
    fields.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return fields;
}

/** The public half of an ed25519 private key, PKCS#8 or OpenSSH's own form; `undefined` when it is neither. */
export function publicKeyOfPrivate(pem: string): string | undefined {
  try {
    const isOpenSsh = pem.includes('-----BEGIN OPENSSH PRIVATE KEY-----');
    return formatPublicKey(createPublicKey(isOpenSsh ? readOpenSsh(pem) : createPrivateKey(pem)));
  } catch {
    // Its message may show parts of the key.
    return undefined;
  }
}

export function makeHostKey(): string {
  return formatPublicKey(generateKeyPairSync('ed25519').publicKey);
}

function formatPublicKey(key: KeyObject): string {
  const { x } = key.export({ format: 'jwk' });
  if (key.asymmetricKeyType !== 'ed25519' || x === undefined) throw new TypeError('not an ed25519 key');
  const wire = [Buffer.from('ssh-ed25519'), Buffer.from(x, 'base64url')].flatMap((field) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(field.length);
    return [length, field];
  });
  return `ssh-ed25519 ${Buffer.concat(wire).toString('base64')}`;
}

/** What precedes the 32 bytes of the private key in PKCS#8 (RFC 8410 §7). */
const pkcs8Start = Buffer.from('302e020100300506032b657004220420', 'hex');

/** PROTOCOL.key: magic, cipher, key derivation, its options, number of keys, public key, private section. */
function readOpenSsh(pem: string): KeyObject {
  const bytes = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
  const magic = Buffer.from('openssh-key-v1\0');
  if (!bytes.subarray(0, magic.length).equals(magic)) throw new TypeError('no OpenSSH key');
  const reader = new FieldReader(bytes.subarray(magic.length));
  const [cipher] = [reader.field().toString(), reader.field(), reader.field()];
  if (cipher !== 'none' || reader.number() !== 1) throw new TypeError('encrypted, or several keys');
  reader.field();
  const section = new FieldReader(reader.field());
  if (section.number() !== section.number()) throw new TypeError('damaged');
  if (section.field().toString() !== 'ssh-ed25519') throw new TypeError('not an ed25519 key');
  section.field();
  const seed = section.field().subarray(0, 32);
  return createPrivateKey({ key: Buffer.concat([pkcs8Start, seed]), format: 'der', type: 'pkcs8' });
}

class FieldReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  number(): number {
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }

  field(): Buffer {
    const length = this.number();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
