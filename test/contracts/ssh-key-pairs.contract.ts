import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseSshPublicKey, withoutComment } from '../../src/deploy-keys/ssh-public-key.ts';
import type { SshKeyPairs } from '../../src/ports/ssh-key-pairs.ts';

/** What comes before the 32 bytes of an ed25519 key (RFC 8709 §4): its algorithm, and the length of each. */
const wireStart = Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from('ssh-ed25519'), Buffer.from([0, 0, 0, 32])]);

function wireFormOf(publicKey: string): Buffer {
  return Buffer.from(parseSshPublicKey(publicKey)?.blob ?? '', 'base64');
}

/** From the bytes in the line, with nothing of the private half. */
function publicHalfOf(publicKey: string): KeyObject {
  const x = wireFormOf(publicKey).subarray(wireStart.length).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

/** What the maker of SSH key pairs promises (src/ports/ssh-key-pairs.ts). */
export function sshKeyPairsContract(name: string, makeKeyPairs: () => SshKeyPairs): void {
  describe(`SSH key pairs: ${name}`, () => {
    it('have a private half that is an ed25519 key in PKCS#8 PEM', () => {
      const { privateKeyPem } = makeKeyPairs().generate();

      const [, body = ''] =
        /^-----BEGIN PRIVATE KEY-----\n([A-Za-z0-9+/=\n]+)\n-----END PRIVATE KEY-----\n$/.exec(privateKeyPem) ?? [];
      const der = Buffer.from(body, 'base64');
      expect(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).asymmetricKeyType).toBe('ed25519');
    });

    it('have a public half that is one line without a comment, in the form of RFC 8709', () => {
      const { publicKey } = makeKeyPairs().generate();

      const key = parseSshPublicKey(publicKey);
      const wireForm = wireFormOf(publicKey);

      expect(key).toMatchObject({ algorithm: 'ssh-ed25519', comment: '' });
      expect(key && withoutComment(key)).toBe(publicKey);
      expect(wireForm.subarray(0, wireStart.length)).toEqual(wireStart);
      expect(wireForm).toHaveLength(wireStart.length + 32);
    });

    it('belong together: one half verifies what the other signed, and nothing else', () => {
      const keyPairs = makeKeyPairs();
      const [one, other] = [keyPairs.generate(), keyPairs.generate()];
      const said = Buffer.from('the session of a client');

      const signature = sign(null, said, one.privateKeyPem);

      expect(verify(null, said, publicHalfOf(one.publicKey), signature)).toBe(true);
      expect(verify(null, said, publicHalfOf(other.publicKey), signature)).toBe(false);
      expect(verify(null, Buffer.from('another'), publicHalfOf(one.publicKey), signature)).toBe(false);
    });

    it('are made anew each time, by every maker', () => {
      const keyPairs = makeKeyPairs();

      const pairs = [keyPairs.generate(), keyPairs.generate(), makeKeyPairs().generate()];

      expect(new Set(pairs.map(({ privateKeyPem }) => privateKeyPem)).size).toBe(3);
      expect(new Set(pairs.map(({ publicKey }) => publicKey)).size).toBe(3);
    });
  });
}
