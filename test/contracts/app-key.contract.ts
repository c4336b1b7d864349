import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppKey } from '../../src/ports/app-key.ts';
import { failureOf } from '../support/failures.ts';

/** Where a key is kept, as its owner sees it. */
export interface AppKeyWorld {
  /** `undefined`: nothing is there. */
  keep(text: string | undefined): Promise<void>;
  appKey(): AppKey;
  close(): Promise<void>;
}

/** The halves of RSA keys, in the forms in which GitHub and OpenSSL write them. */
function rsaKeys(modulusLength = 2048) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
  return {
    // GitHub hands out this form.
    pkcs1: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    pkcs8: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    encrypted: privateKey
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'passphrase' })
      .toString(),
    publicHalf: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

export const { pkcs1, pkcs8, encrypted, publicHalf } = rsaKeys();
const edPem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** What is kept although it is no key for an App, by what it is. */
const unfit: readonly (readonly [string, string])[] = [
  ['no key', 'canary-51f0e0'],
  ['a key that was cut short', pkcs8.slice(0, 900)],
  ['a key with a character changed', pkcs8.replace(/\n.{9}/, '\n!!!!!!!!!')],
  ['a public key', publicHalf],
  ['an encrypted key', encrypted],
  ['an ed25519 key', edPem],
  ['an RSA key of 1024 bits', rsaKeys(1024).pkcs8],
];

/** What the key of our App promises (src/ports/app-key.ts). */
export function appKeyContract(name: string, makeWorld: () => Promise<AppKeyWorld>): void {
  describe(`app key: ${name}`, () => {
    let world: AppKeyWorld;
    beforeEach(async () => {
      world = await makeWorld();
    });
    afterEach(() => world.close());

    it.each([
      ['PKCS#1', pkcs1],
      ['PKCS#8', pkcs8],
      ['PKCS#8 between blank lines', `\n${pkcs8}\n\n`],
    ])('is given as it is kept, in %s', async (_, text) => {
      await world.keep(text);

      expect((await world.appKey().privateKeyPem()).trim()).toBe(text.trim());
    });

    it('is the new one once the old one was refused', async () => {
      await world.keep(pkcs8);
      const appKey = world.appKey();
      const before = await appKey.privateKeyPem();
      const rotated = rsaKeys().pkcs8;
      await world.keep(rotated);

      appKey.forget();

      expect(await appKey.privateKeyPem()).toBe(rotated);
      expect(before).toBe(pkcs8);
    });

    it('is found as soon as it is there', async () => {
      await world.keep(undefined);
      const appKey = world.appKey();
      const error = await failureOf(appKey.privateKeyPem());
      await world.keep(pkcs8);

      expect(error).toMatchObject({ retryable: false });
      expect(await appKey.privateKeyPem()).toBe(pkcs8);
    });

    it.each(unfit)('is refused without a word of it when it is %s', async (_, text) => {
      await world.keep(text);

      const error = await failureOf(world.appKey().privateKeyPem());

      expect(error).toMatchObject({ failure: 'protocol', retryable: false });
      expectNothingOf(text, error);
    });
  });
}

/** Neither in the error nor in what caused it, and no part of it of twelve characters. */
export function expectNothingOf(text: string, error: Error): void {
  const told: string[] = [];
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    told.push(String(one.stack), JSON.stringify(one));
  }
  const parts = text.split(/\n|-----[A-Z ]+-----/).filter((line) => line.length >= 12);
  for (const part of parts) expect(told.join('\n')).not.toContain(part.slice(0, 12));
  expect(parts.length).toBeGreaterThan(0);
}
