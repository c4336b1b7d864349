import { describe, expect, it } from 'vitest';
import {
  isSameSshPublicKey,
  parseSshPublicKey,
  sshKeyFingerprint,
  withoutComment,
} from '../../src/deploy-keys/ssh-public-key.ts';

const ed25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOTH0qrR/R5xwSjUnjTyrNi+gxMIs3r5RzGk2Fm3eb5k';
const ecdsa =
  'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBKGudYGydTmy15ftBYy0ObCRju3ismBS7BvJJr/fO4X+GVkoUxvWAQd2xejmJwiyLVFAC0tycarZ4Kwvs4uh/ZA=';
const rsa =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQCsLhORZHUPvPKl/JaC8tbzFyEUEA+1gd8QLoTfFjQEzr/EsJYLI1DYu3l96S9RUNPLUJKCps04ofTbwA10kdoJdwcJU4cajf8RcL+QjQbtQyg11Rb5bouT6/KEpEM31nRcgtCkzRVayXvnf5YZLQn2v4C1f3iGZp7RgA24uA/Kkw==';

// What `ssh-keygen -l` (OpenSSH 9.2) printed for these keys.
const fingerprints = [
  [ed25519, 'SHA256:GVd8pI8OeCEOVIQ5H782fQLcU0qPxjyYd+F9Vseh0wU'],
  [ecdsa, 'SHA256:BeE3KHnsbju1zEb0fhtyOzLprKdBc0nkb2L8nWYoRsI'],
  [rsa, 'SHA256:V7jpeCm2m5Ej/KKG5qNqhAphEOprjEmtlldrQ8Z02Cs'],
] as const;

describe('SSH public keys', () => {
  it.each(fingerprints)('have the fingerprint that ssh-keygen prints: %s', (line, fingerprint) => {
    const key = parseSshPublicKey(line);

    expect(key && sshKeyFingerprint(key)).toBe(fingerprint);
  });

  it.each([
    { line: `${ed25519} someone@example`, comment: 'someone@example' },
    { line: `  ${ed25519}  two words \n`, comment: 'two words' },
    { line: `${ed25519}\n`, comment: '' },
  ])('are read with a comment or without: $comment', ({ line, comment }) => {
    const key = parseSshPublicKey(line);

    expect(key?.comment).toBe(comment);
    expect(key && withoutComment(key)).toBe(ed25519);
  });

  it.each([
    '',
    'ssh-ed25519',
    'ssh-ed25519 AAAA',
    'ssh-ed25519 !!!!',
    ed25519.replace('ssh-ed25519', 'ssh-rsa'),
    `${ed25519}=`,
    `${ed25519}\n${rsa}`,
    `from="10.0.0.0/8" ${ed25519}`,
  ])('are not what this is: %j', (line) => {
    expect(parseSshPublicKey(line)).toBeUndefined();
  });

  it('are the same whatever their comments say', () => {
    expect(isSameSshPublicKey(`${ed25519} one`, `${ed25519} other\n`)).toBe(true);
    expect(isSameSshPublicKey(ed25519, rsa)).toBe(false);
    expect(isSameSshPublicKey('no key', 'no key')).toBe(false);
  });
});
