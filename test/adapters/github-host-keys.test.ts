import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parseSshPublicKey, sshKeyFingerprint } from '../../src/deploy-keys/ssh-public-key.ts';

it('documents host keys whose fingerprints are those that GitHub publishes', async () => {
  const page = await readFile(new URL('../../docs/github.md', import.meta.url), 'utf8');

  const lines = page.split('\n').filter((line) => /^github\.com (ssh|ecdsa)-\S+ \S+$/.test(line));
  const fingerprints = lines.map((line) => {
    const key = parseSshPublicKey(line.slice('github.com '.length));
    return key && sshKeyFingerprint(key);
  });

  // docs.github.com, "GitHub's SSH key fingerprints": Ed25519 and ECDSA.
  expect(fingerprints).toEqual([
    'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU',
    'SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM',
  ]);
});
