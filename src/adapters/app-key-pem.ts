import { createPrivateKey } from 'node:crypto';

/** GitHub's keys have 2048 bits (docs.github.com, "Managing private keys for GitHub Apps"). */
const leastBits = 2048;

/** The text as the PEM of an RSA private key; `undefined` when it is anything else, a public or encrypted key too. */
export function readAppKeyPem(text: string): string | undefined {
  const pem = `${text.trim()}\n`;
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem);
    const isFit = asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= leastBits;
    return isFit ? pem : undefined;
  } catch {
    // The error may repeat parts of its input: it goes no further.
    return undefined;
  }
}
