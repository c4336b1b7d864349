import { createHash } from 'node:crypto';

/** How a repository names its objects; nearly all use SHA-1. */
export type GitObjectFormat = 'sha1' | 'sha256';

/**
 * The id that Git gives to a file with this content (`git hash-object`): the digest of `blob <bytes>\0<content>`,
 * the content as UTF-8. Equal ids mean equal bytes.
 */
export function gitBlobId(content: string, format: GitObjectFormat = 'sha1'): string {
  const bytes = new TextEncoder().encode(content);
  return createHash(format).update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
}

/** SHA-1 ids have 40 hexadecimal digits, SHA-256 ids 64. */
export function objectFormatOf(objectId: string): GitObjectFormat {
  return objectId.length === 64 ? 'sha256' : 'sha1';
}
