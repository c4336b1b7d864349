import { readFile } from 'node:fs/promises';
import { OutsideCallError } from '../errors.ts';
import type { AppKey } from '../ports/app-key.ts';
import { readAppKeyPem } from './app-key-pem.ts';

const failed = { system: 'app-key-file', attempted: "read the App's private key from its file" } as const;

/** The App's key in a file, for a machine of its own. Read each time: a key that was replaced counts at once. */
export function createAppKeyFile(path: string): AppKey {
  return {
    async privateKeyPem() {
      const pem = readAppKeyPem(await read(path));
      if (pem === undefined) {
        throw new OutsideCallError({ ...failed, failure: 'protocol', answer: 'it holds no RSA private key in PEM' });
      }
      return pem;
    },
    forget() {
      // Nothing is remembered.
    },
  };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // Node's words name the path and the reason (ENOENT, EACCES), never content.
    const answer = error instanceof Error ? error.message : 'unknown';
    throw new OutsideCallError({ ...failed, failure: 'rejected', answer, cause: error });
  }
}
