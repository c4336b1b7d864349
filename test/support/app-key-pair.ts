/** A GitHub App's key pair, in PEM. */
import { generateKeyPairSync } from 'node:crypto';

export interface AppKeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** Of half the bits of a real one, since what is tested signs thousands of times and each takes a millisecond less. */
export function appKeyPair(): AppKeyPair {
  return generateKeyPairSync('rsa', {
    modulusLength: 1024,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
