import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { OutsideCallError } from '../errors.ts';
import type { AppKey } from '../ports/app-key.ts';
import { readAppKeyPem } from './app-key-pem.ts';
import { awsRequestLimits } from './aws-attempts.ts';
import { toOutsideCallError } from './aws-call-errors.ts';

export interface AppKeySecretOptions {
  /** Its region is where it is asked for. */
  readonly secretArn: string;
  /** By default the SDK's chain (on Lambda: the function's role). */
  readonly credentials?: SecretsManagerClientConfig['credentials'];
  /** Where Secrets Manager listens when it is not AWS. */
  readonly endpoint?: string | undefined;
  readonly now: () => Date;
}

/** Without the ARN, which is ours and may reach a customer's eyes in an operation's failure. */
const failed = { system: 'secrets-manager', attempted: "read the App's private key from its secret" } as const;

/** Unanswered, a call ends within half a minute. */
const maxAttempts = 3;

/** A rotated key whose old half GitHub still takes is noticed after this time; a refused one at once. */
const memoryMs = 5 * 60 * 1000;

/** The App's key in Secrets Manager: the PEM as it is, or JSON with it in `privateKey`. Remembered for five minutes. */
export function createAppKeySecret(options: AppKeySecretOptions): AppKey {
  const client = new SecretsManagerClient({
    region: options.secretArn.split(':')[3] ?? '',
    maxAttempts,
    requestHandler: awsRequestLimits,
    ...(options.credentials && { credentials: options.credentials }),
    ...(options.endpoint && { endpoint: options.endpoint }),
  });
  let remembered: { readonly pem: Promise<string>; readonly untilMs: number } | undefined;

  return {
    privateKeyPem() {
      const nowMs = options.now().getTime();
      if (remembered && nowMs < remembered.untilMs) return remembered.pem;
      // Those who ask at the same time share one call; a failure is not kept for those who come later.
      const one = { pem: readSecret(client, options.secretArn), untilMs: nowMs + memoryMs };
      remembered = one;
      one.pem.catch(() => {
        if (remembered === one) remembered = undefined;
      });
      return one.pem;
    },
    forget() {
      remembered = undefined;
    },
  };
}

async function readSecret(client: SecretsManagerClient, secretArn: string): Promise<string> {
  const text = await ask(client, secretArn);
  const pem = readAppKeyPem(text === undefined ? '' : unwrapped(text));
  if (pem === undefined) {
    const answer = 'the secret is neither an RSA private key in PEM nor JSON with one in "privateKey"';
    throw new OutsideCallError({ ...failed, failure: 'protocol', answer });
  }
  return pem;
}

async function ask(client: SecretsManagerClient, secretArn: string): Promise<string | undefined> {
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId: secretArn }))).SecretString;
  } catch (error) {
    if (error instanceof SyntaxError) {
      // The parser quotes what it could not read, and that may be the key.
      throw new OutsideCallError({ ...failed, failure: 'protocol', answer: 'its answer is not JSON' });
    }
    throw toOutsideCallError(error, failed);
  }
}

const wrapped = z.object({ privateKey: z.string() });

/** The parser's own error would quote the secret. */
function unwrapped(text: string): string {
  if (!text.trimStart().startsWith('{')) return text;
  try {
    return wrapped.parse(JSON.parse(text)).privateKey;
  } catch {
    return '';
  }
}
