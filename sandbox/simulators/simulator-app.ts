import { type Context, Hono } from 'hono';
import { ConnectionReset } from './faults.ts';

/**
 * The application of a simulator, or of several behind one address: each that is mounted in another is made by this. A
 * reset connection goes through to whoever serves it: in this process a rejected `fetch`, on a port a closed socket.
 * Every other failure is the simulator's own, and answered with 500.
 */
export function createSimulatorApp(answerFailure: (c: Context) => Response = plainFailure): Hono {
  const app = new Hono();
  app.onError((error, c) => {
    if (error instanceof ConnectionReset) throw error;
    console.error(error);
    return answerFailure(c);
  });
  return app;
}

function plainFailure(c: Context): Response {
  return c.text('Internal Server Error', 500);
}
