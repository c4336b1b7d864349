import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';

export interface DynamoServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface Dynalite extends DynamoServer {
  /** How many requests have come, of whichever AWS service: whatever has this server as its endpoint. */
  requestCount(): number;
}

/** DynamoDB in this process, on any free port of 127.0.0.1; in memory unless it is given a directory. */
export async function startDynalite({ directory }: { readonly directory?: string } = {}): Promise<Dynalite> {
  const server = dynalite({ createTableMs: 0, ...(directory !== undefined && { path: directory }) });
  let requests = 0;
  let underWay = 0;
  let onRest = (): void => {};
  server.on('request', (_, response: ServerResponse) => {
    requests += 1;
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
      if (underWay === 0) onRest();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requestCount: () => requests,
    async close() {
      // Dynalite ends the process when its database closes under a request: who stops in the middle still has some.
      const rested = Promise.withResolvers<void>();
      onRest = rested.resolve;
      if (underWay > 0) await rested.promise;
      server.closeAllConnections();
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      await promise;
    },
  };
}
