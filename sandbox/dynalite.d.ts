declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** An HTTP server that answers as DynamoDB does; its tables are in memory, or in the directory `path`. */
  const dynalite: (options?: { readonly createTableMs?: number; readonly path?: string }) => Server;
  export default dynalite;
}
