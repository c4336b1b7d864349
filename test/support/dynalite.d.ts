declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** An HTTP server that answers as DynamoDB does; its tables are in memory. */
  const dynalite: (options?: { readonly createTableMs?: number }) => Server;
  export default dynalite;
}
