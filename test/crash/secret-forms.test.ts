import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canaryOf, findBearers, findCanaries, pemCanary } from './secret-forms.ts';

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const secret = 'IQoJb3JpZ2luX2VjEL//w+token/of=a+session==';

describe('a key in PEM', () => {
  it.each<[string, (text: string) => string]>([
    ['as it is', (text) => text],
    ['trimmed, in JSON', (text) => JSON.stringify({ key: text.trim() })],
    ['in JSON within JSON', (text) => JSON.stringify(JSON.stringify({ key: text }))],
    ['without its lines', (text) => text.replaceAll('\n', '')],
    ['in base64, behind something else', (text) => Buffer.from(`key=${text.trim()}`).toString('base64')],
    ['in a URL', (text) => `https://example.test/?key=${encodeURIComponent(text)}`],
  ])('is found %s', (_, write) => {
    expect(findCanaries(write(pem), [pemCanary('the key', pem)])).toEqual(['the key']);
  });
});

describe('a secret', () => {
  it.each<[string, (text: string) => string]>([
    ['in JSON', (text) => JSON.stringify({ secret: text })],
    ['in a URL', (text) => `?X-Amz-Security-Token=${encodeURIComponent(text)}&x=1`],
    [
      'in the base64 of a URL',
      (text) => Buffer.from(`https://sts?t=${encodeURIComponent(text)}&x`).toString('base64url'),
    ],
    ['in hex', (text) => Buffer.from(text).toString('hex')],
  ])('is found %s', (_, write) => {
    expect(findCanaries(write(secret), [canaryOf('the secret', secret)])).toEqual(['the secret']);
  });

  it('is not found where it is not', () => {
    expect(findCanaries(JSON.stringify({ pem }), [canaryOf('the secret', secret)])).toEqual([]);
  });
});

describe('a bearer token', () => {
  it('is known by its looks', () => {
    const jwt = ['{"alg":"RS256","typ":"JWT"}', '{"iss":"4711","exp":1}', 'a signature of some length']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');

    expect(findBearers(`authorization: Bearer ${jwt}`)).toEqual(['a JWT']);
    expect(findBearers('k8s-aws-v1.aHR0cHM6Ly9zdHMuZXUtd2VzdC0x')).toEqual(['an EKS token']);
    expect(findBearers('the token begins with k8s-aws-v1.')).toEqual([]);
  });
});
