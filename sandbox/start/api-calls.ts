import { operationLines, operationSchema, type ShownOperation } from './operation-lines.ts';
import type { Terminal } from './terminal.ts';

export interface ApiCallsOptions {
  readonly apiUrl: string;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Requests to the API, as a provider's pipeline sends them; each that matters is told in a line. */
export interface ApiCalls {
  /** Not told; `undefined` when there is no such thing. */
  read(path: string): Promise<unknown>;
  send(sent: Sent): Promise<unknown>;
  /** PUTs what is missing. What is there stays as it is: somebody may have changed it since an earlier start. */
  register(path: string, spec: object): Promise<unknown>;
  /** Asks until the operation rests, and shows its steps; each answer comes when it does, or after a second. */
  follow(path: string): Promise<ShownOperation>;
}

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly spec?: object | undefined;
  readonly prefer?: string;
  /** A refusal is told always. */
  readonly isTold?: boolean;
}

/** What the API would not do, in its own words. */
export class ExampleRefused extends Error {
  override readonly name = 'ExampleRefused';
}

/** All of them reject with `ExampleRefused` when a request is refused. */
export function createApiCalls(options: ApiCallsOptions): ApiCalls {
  const { terminal } = options;
  const read = (path: string) => readAnswer(options, path);
  const send = (sent: Sent) => sendRequest(options, sent);
  return {
    read,
    send,
    async register(path, spec) {
      const present = await read(path);
      if (present === undefined) return send({ method: 'PUT', path, spec, isTold: true });
      terminal.print(`  GET  ${path}  200  as it was left`);
      return present;
    },
    async follow(path) {
      for (;;) {
        const operation = operationSchema.parse(await send({ method: 'GET', path, prefer: 'wait=1' }));
        terminal.show(operationLines(operation));
        if (restingStates.has(operation.state)) {
          terminal.keep();
          return operation;
        }
      }
    },
  };
}

const restingStates: ReadonlySet<string> = new Set([
  ...['SUCCEEDED', 'FAILED', 'CANCELLED', 'REJECTED', 'AWAITING_MERGE', 'AWAITING_REGISTRATION'],
]);

async function readAnswer({ apiUrl, terminal, signal }: ApiCallsOptions, path: string): Promise<unknown> {
  const answer = await fetch(`${apiUrl}${path}`, { signal });
  if (answer.ok || answer.status === 404) return answer.ok ? answer.json() : undefined;
  terminal.print(`  GET  ${path}  ${answer.status}`);
  throw new ExampleRefused(`GET ${path}: ${answer.status} ${await answer.text()}`);
}

async function sendRequest(
  { apiUrl, terminal, signal }: ApiCallsOptions,
  { method, path, spec, prefer, isTold = false }: Sent,
): Promise<unknown> {
  const answer = await fetch(`${apiUrl}${path}`, {
    method,
    headers: {
      ...(spec && { 'content-type': 'application/json' }),
      ...(prefer !== undefined && { prefer }),
    },
    ...(spec && { body: JSON.stringify(spec) }),
    signal,
  });
  const text = await answer.text();
  if (isTold || !answer.ok) terminal.print(`  ${method.padEnd(4)} ${path}  ${answer.status}`);
  if (!answer.ok) throw new ExampleRefused(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}
