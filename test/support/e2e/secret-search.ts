/** Looks for a private key wherever the product could have left it. */
import { createPrivateKey } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The forms in which the key's text could stand somewhere: as it is, escaped, encoded, and its secret bytes alone. */
export function formsOf(privateKeyPem: string): readonly Buffer[] {
  const body = privateKeyPem.replace(/-----[A-Z ]+-----|\s/g, '');
  const der = createPrivateKey(privateKeyPem).export({ type: 'pkcs8', format: 'der' });
  // The last 32 bytes of an ed25519 key in PKCS#8 are the secret itself (RFC 8410 §7).
  const seed = der.subarray(-32);
  const texts = [
    privateKeyPem,
    JSON.stringify(privateKeyPem).slice(1, -1),
    body,
    Buffer.from(privateKeyPem).toString('base64'),
    Buffer.from(body).toString('base64'),
    seed.toString('base64'),
    seed.toString('base64url'),
    seed.toString('hex'),
  ];
  return [...texts.map((text) => Buffer.from(text)), seed];
}

export function isIn(content: Buffer | string, forms: readonly Buffer[]): boolean {
  const bytes = Buffer.from(content);
  return forms.some((form) => bytes.includes(form));
}

export interface FileSearch {
  readonly found: readonly string[];
  readonly filesRead: number;
}

/** Paths below the directory of the files that hold one of the forms. `skip`: folders that are left out. */
export async function searchFiles(
  directory: string,
  forms: readonly Buffer[],
  skip: readonly string[] = [],
): Promise<FileSearch> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = files.filter((file) => !skip.some((folder) => file.startsWith(`${folder}/`)));
  const found: string[] = [];
  for (const file of read) if (await fileHolds(file, forms)) found.push(file);
  return { found, filesRead: read.length };
}

/** In pieces that overlap by the longest form, so that none is cut. */
async function fileHolds(file: string, forms: readonly Buffer[]): Promise<boolean> {
  const overlap = Math.max(...forms.map((form) => form.length));
  let end = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
      const piece = Buffer.concat([end, chunk as Buffer]);
      if (isIn(piece, forms)) return true;
      end = piece.subarray(-overlap);
    }
  } catch (error) {
    // Parts that run make and remove files all the time.
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error;
  }
  return false;
}
