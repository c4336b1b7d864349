import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { HttpBindings } from '@hono/node-server';
import { ConnectionReset } from './simulators/faults.ts';

export interface Listening {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  /** Ends what is open, too. */
  close(): Promise<void>;
}

export type Fetch = (request: Request, env: HttpBindings) => Response | Promise<Response>;

/**
 * Serves on 127.0.0.1, on any free port unless told. A port that is taken: rejects with `EADDRINUSE`. Where a simulator
 * resets the connection, the caller gets no answer and a closed socket.
 */
export async function listen(fetch: Fetch, port = 0): Promise<Listening> {
  const server = createAdaptorServer({ fetch: (request, env) => answerOrReset(fetch, request, env as HttpBindings) });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    async close() {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      if ('closeAllConnections' in server) server.closeAllConnections();
      await promise;
    },
  };
}

async function answerOrReset(fetch: Fetch, request: Request, env: HttpBindings): Promise<Response> {
  try {
    return await fetch(request, env);
  } catch (error) {
    if (error instanceof ConnectionReset) env.incoming.socket.resetAndDestroy();
    throw error;
  }
}
