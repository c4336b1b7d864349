import { createPrivateKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { publicKeyOf } from '../../src/adapters/ssh-key-pairs.ts';

describe('private keys', () => {
  it('have a public half in the form of RFC 8709, as in the first vector of RFC 8032', () => {
    const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
    const publicHalf = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
    // PKCS#8 (RFC 8410 §7) around the seed.
    const pkcs8 = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
    const pem = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem' });

    const publicKey = publicKeyOf(pem.toString());

    const wireForm = Buffer.from(`0000000b${Buffer.from('ssh-ed25519').toString('hex')}00000020${publicHalf}`, 'hex');
    expect(publicKey).toBe(`ssh-ed25519 ${wireForm.toString('base64')}`);
  });

  it('have no public half where the text is no ed25519 key', () => {
    expect(publicKeyOf('no key')).toBeUndefined();
    expect(publicKeyOf('')).toBeUndefined();
  });
});
