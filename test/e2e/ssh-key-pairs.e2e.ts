import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../src/adapters/ssh-key-pairs.ts';
import { parseSshPublicKey, sshKeyFingerprint } from '../../src/deploy-keys/ssh-public-key.ts';
import { runCommand } from '../support/e2e/commands.ts';

let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ssh-key-pairs-'));
});

afterAll(() => rm(directory, { recursive: true }));

/** OpenSSH shares no code with us; Debian's `openssh-client` brings it. */
describe('the public half of a key pair', () => {
  it('is an ed25519 key of 256 bits to ssh-keygen, with the fingerprint that we show', async () => {
    const { publicKey } = generateKeyPair();
    const file = join(directory, 'key.pub');
    await writeFile(file, `${publicKey}\n`);

    const { exitCode, output } = await runCommand('ssh-keygen', ['-l', '-f', file]);

    const key = parseSshPublicKey(publicKey);
    expect(exitCode, output).toBe(0);
    expect(output.trim()).toBe(`256 ${key && sshKeyFingerprint(key)} no comment (ED25519)`);
  });
});
