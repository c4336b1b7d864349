/** A server of release files on this machine, as GitHub serves them, redirects included. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

import { Header } from 'tar';

export interface Answer {
  readonly status: number;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ReleaseServer {
  readonly baseUrl: string;
  /** Path below the base → answer; whatever is not in it is 404. `'hang'` never answers, `'cut'` ends within the body. */
  readonly answers: Map<string, Answer | 'hang' | 'cut'>;
  /** Paths in the order in which they were asked for. */
  readonly requests: string[];
  close(): Promise<void>;
}

export async function startReleaseServer(): Promise<ReleaseServer> {
  const answers = new Map<string, Answer | 'hang' | 'cut'>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace('/releases/', '');
    requests.push(path);
    const answer = answers.get(path) ?? { status: 404, body: 'Not Found' };
    if (answer === 'hang') return;
    if (answer === 'cut') {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('only this', () => response.destroy());
      return;
    }
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/releases`,
    answers,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface ArchiveEntry {
  readonly path: string;
  readonly content?: string | Uint8Array;
  /** `File` when nothing is said. */
  readonly type?: 'File' | 'Directory' | 'SymbolicLink';
  readonly linkpath?: string;
}

/** A `.tar.gz` with these entries in this order; sound or not. */
export function makeArchive(entries: readonly ArchiveEntry[]): Uint8Array {
  const blocks = entries.flatMap(({ path, content = '', type = 'File', linkpath }) => {
    const bytes = Buffer.from(content);
    const header = new Header({ path, type, size: bytes.length, mode: 0o644, ...(linkpath ? { linkpath } : {}) });
    const head = Buffer.alloc(512);
    header.encode(head);
    return [head, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

/** A line of sha256sum, as goreleaser writes it. */
export function checksumLine(content: Uint8Array, name: string): string {
  return `${createHash('sha256').update(content).digest('hex')}  ${name}\n`;
}
