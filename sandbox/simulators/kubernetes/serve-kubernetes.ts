import { once } from 'node:events';
import { createServer } from 'node:https';
import { getRequestListener } from '@hono/node-server';
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { ConnectionReset } from '../faults.ts';
import type { ServerCertificate } from './server-certificate.ts';

export interface ServedKubernetes {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
  /** PEM, as an EKS cluster's `certificateAuthority` holds it in base64. */
  readonly certificateAuthority: string;
  /** Ends watches and open connections as well. */
  close(): Promise<void>;
}

/** Serves the API over TLS on this machine alone. Port 0, the default, is any free one. */
export async function serveKubernetes(
  api: Hono,
  { certificate, port = 0 }: { readonly certificate: ServerCertificate; readonly port?: number },
): Promise<ServedKubernetes> {
  const listener = getRequestListener(async (request, env) => {
    try {
      return await api.fetch(request, env);
    } catch (error) {
      if (!(error instanceof ConnectionReset)) throw error;
      (env as HttpBindings).incoming.socket.destroy();
      return new Response(null, { status: 503 });
    }
  });
  const server = createServer({ cert: certificate.certificate, key: certificate.key }, (request, response) => {
    void listener(request, response);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const chosen = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `https://127.0.0.1:${chosen}`,
    certificateAuthority: certificate.certificate,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
