import { createVerify, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AppKey } from '../../src/ports/app-key.ts';
import { base, installation, never, repository, scriptedGitHub } from './github-server.ts';

/** `git hash-object` of `hi` and a line end. */
const blob = '45b983be36b73c0788dc9cbcb76cbb80fc7bb057';
const [old, rotated] = [makeKeys(), makeKeys()];

function makeKeys() {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

/** Remembers the first key until it is told to forget it. */
function remembering(later: string): AppKey & { readonly forgotten: () => number } {
  let forgotten = 0;
  return {
    privateKeyPem: async () => (forgotten === 0 ? old.privateKey : later),
    forget: () => {
      forgotten += 1;
    },
    forgotten: () => forgotten,
  };
}

/** A GitHub that knows one key of the App only. */
function gitHubThatKnows(publicKey: string, lookedUp: AppKey) {
  const bad = { status: 401, body: { message: 'A JSON web token could not be decoded' } };
  const isSigned = (authorization: string) => {
    const [header, claims, signature = ''] = authorization.replace(/^bearer /i, '').split('.');
    return createVerify('RSA-SHA256').update(`${header}.${claims}`).verify(publicKey, signature, 'base64url');
  };
  return scriptedGitHub(
    {
      [`GET ${base}/installation`]: ({ authorization }) => (isSigned(authorization) ? installation() : bad),
      [`GET ${base}/git/blobs/${blob}`]: { body: { content: 'aGkK', encoding: 'base64' } },
    },
    { lookedUp },
  );
}

describe('a key of the App that GitHub refuses', () => {
  it('is looked up again, and the call made once more with the new one', async () => {
    const lookedUp = remembering(rotated.privateKey);
    const github = gitHubThatKnows(rotated.publicKey, lookedUp);

    expect(await github.host.readBlob(repository, blob, never)).toBe('hi\n');
    expect(lookedUp.forgotten()).toBe(1);
  });

  it('ends the call when it is still the same', async () => {
    const lookedUp = remembering(old.privateKey);
    const github = gitHubThatKnows(rotated.publicKey, lookedUp);

    const read = github.host.readBlob(repository, blob, never);

    await expect(read).rejects.toMatchObject({ failure: 'unauthenticated', retryable: false });
    expect(lookedUp.forgotten()).toBe(1);
    expect(github.requests.filter(({ route }) => route === `GET ${base}/installation`)).toHaveLength(2);
  });
});
