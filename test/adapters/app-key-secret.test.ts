import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAppKeySecret } from '../../src/adapters/app-key-secret.ts';
import { expectNothingOf, pkcs1, pkcs8 } from '../contracts/app-key.contract.ts';
import { failureOf } from '../support/failures.ts';
import { refusal, type ScriptedSecrets, secretArn, startScriptedSecrets } from './scripted-secrets.ts';

let secrets: ScriptedSecrets;
let nowMs = 0;

beforeEach(async () => {
  secrets = await startScriptedSecrets();
  secrets.text = pkcs8;
});
afterEach(() => secrets.close());

function appKey() {
  return createAppKeySecret({ secretArn, ...secrets.client, now: () => new Date(nowMs) });
}

describe('the App key in Secrets Manager', () => {
  it('is asked for once by all who need it within five minutes, and then again', async () => {
    const key = appKey();

    await Promise.all([key.privateKeyPem(), key.privateKeyPem()]);
    nowMs += 5 * 60_000 - 1;
    await key.privateKeyPem();
    expect(secrets.calls()).toBe(1);

    secrets.text = pkcs1;
    nowMs += 1;
    expect(await key.privateKeyPem()).toBe(pkcs1);
    expect(secrets.calls()).toBe(2);
  });

  it('is tried three times while the service fails', async () => {
    secrets.replies = [refusal('InternalServiceError', 'x', 500), 'cut'];
    expect(await appKey().privateKeyPem()).toBe(pkcs8);
    expect(secrets.calls()).toBe(3);

    secrets.replies = Array.from({ length: 9 }, () => refusal('InternalServiceError', 'x', 500));
    const error = await failureOf(appKey().privateKeyPem());
    expect(error).toMatchObject({ system: 'secrets-manager', failure: 'server-error', retryable: true });
    expect(secrets.calls()).toBe(6);
  });

  it.each([
    ['ResourceNotFoundException', 'rejected'],
    ['AccessDeniedException', 'forbidden'],
    ['DecryptionFailure', 'rejected'],
    ['ExpiredTokenException', 'unauthenticated'],
  ])('that is refused with %s is told as %s', async (type, failure) => {
    secrets.replies = [refusal(type)];

    const error = await failureOf(appKey().privateKeyPem());

    expect(error).toMatchObject({ system: 'secrets-manager', failure, status: 400, retryable: false });
    // The ARN is ours, and `attempted` may reach a customer.
    expect(error.attempted).not.toContain('arn:');
  });

  it.each([
    ['JSON without the field', JSON.stringify({ private_key: pkcs8 })],
    ['JSON with something else in it', JSON.stringify({ privateKey: { pem: pkcs8 } })],
    ['JSON that was cut short', JSON.stringify({ privateKey: pkcs8 }).slice(0, -2)],
  ])('is refused without a word of it when it is %s', async (_, text) => {
    secrets.text = text;

    const error = await failureOf(appKey().privateKeyPem());

    expect(error).toMatchObject({ system: 'secrets-manager', failure: 'protocol' });
    expectNothingOf(pkcs8, error);
  });

  it('is not quoted where the parser quotes the beginning of what it could not read', async () => {
    // V8 quotes ten characters around the place where it stops: here all of them are the key's.
    const [, material = ''] = pkcs8.split('\n');
    secrets.replies = [{ headers: { 'content-type': 'application/x-amz-json-1.1' }, body: material }];

    const error = await failureOf(appKey().privateKeyPem());

    expect(error).toMatchObject({ failure: 'protocol' });
    for (let one: unknown = error; one instanceof Error; one = one.cause) {
      expect(`${one.stack} ${JSON.stringify(one)}`).not.toContain(material.slice(0, 6));
    }
  });

  it('is not quoted from an answer that is not JSON', async () => {
    secrets.replies = [{ headers: { 'content-type': 'application/x-amz-json-1.1' }, body: `${pkcs8} {` }];

    const error = await failureOf(appKey().privateKeyPem());

    expect(error).toMatchObject({ failure: 'protocol' });
    expectNothingOf(pkcs8, error);
  });
});
