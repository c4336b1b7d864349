import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { HttpBindings, ServerType } from '@hono/node-server';
import { ConnectionReset } from './simulators/faults.ts';
import type { ServerCertificate } from './simulators/kubernetes/server-certificate.ts';

export interface Listening {
  /** `http://127.0.0.1:PORT`, or `https:` with a certificate. */
  readonly url: string;
  readonly port: number;
  /** Ends what is open, too. */
  close(): Promise<void>;
}

export type Fetch = (request: Request, env: HttpBindings) => Response | Promise<Response>;

/** Serves on 127.0.0.1, on any free port unless told. A port that is taken: rejects with `EADDRINUSE`. */
export async function listen(fetch: Fetch, port = 0, tls?: ServerCertificate): Promise<Listening> {
  const server = createFetchServer(fetch, tls);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${bound}`,
    port: bound,
    async close() {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      if ('closeAllConnections' in server) server.closeAllConnections();
      await promise;
    },
  };
}

/** In bytes. Beyond it Node answers 431 by itself; what is too long is for the API to say, in words of its own. */
const maxHeaderSize = 256 * 1024;

/** Where a simulator resets the connection, the caller gets no answer and a closed socket. */
export function createFetchServer(fetch: Fetch, tls?: ServerCertificate): ServerType {
  const answer = (request: Request, env: unknown) => answerOrHangUp(fetch, request, env as HttpBindings);
  if (!tls) return createAdaptorServer({ fetch: answer, serverOptions: { maxHeaderSize } });
  const serverOptions = { cert: tls.certificate, key: tls.key, maxHeaderSize };
  return createAdaptorServer({ fetch: answer, createServer: createTlsServer, serverOptions });
}

async function answerOrHangUp(fetch: Fetch, request: Request, env: HttpBindings): Promise<Response> {
  try {
    return await fetch(request, env);
  } catch (error) {
    if (!(error instanceof ConnectionReset)) throw error;
    env.incoming.socket.destroy();
    // Reaches nobody.
    return new Response(null, { status: 503 });
  }
}
