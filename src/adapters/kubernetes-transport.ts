import { X509Certificate } from 'node:crypto';
import { type Dispatcher, Pool } from 'undici';
import {
  type ApiAnswer,
  brokenCall,
  refusal,
  rejected,
  retryAfterSeconds,
  timedOut,
  unreadable,
  withoutValues,
} from './kubernetes-failures.ts';
import { pauseBeforeAgain } from './kubernetes-patience.ts';
import { pause, type Pause } from './pause.ts';

/** The bearer tokens of one connection; both failures and waiting are the source's own affair. */
export interface BearerTokens {
  /** A token that is good for the next request; asked for every request, so the source keeps what it minted. */
  get(signal: AbortSignal): Promise<string>;
  /** The API server has not accepted this token: the next `get` must not answer with it. */
  invalidate(token: string): void;
}

export interface KubernetesConnection {
  /** `https://host[:port]`. */
  readonly endpoint: string;
  /** The cluster's own CA, which alone is trusted. */
  readonly certificateAuthorityPem: string;
  readonly tokens: BearerTokens;
  /** From the call to the last byte of the answer, waiting for a free connection included; 30 s by default. */
  readonly requestTimeoutMs?: number;
  /** What carries the requests; a pool of connections unless told, for those who hold the API server in their process. */
  readonly dispatcherOf?: KubernetesDispatcherOf | undefined;
  /** For `Retry-After` dates. */
  readonly now?: () => Date;
  /** How pauses pass; by the machine's clock unless told. */
  readonly pause?: Pause | undefined;
  /** From 0 to 1, to spread pauses; they are not unless told. */
  readonly random?: (() => number) | undefined;
}

export type KubernetesDispatcherOf = (origin: string, options: Pool.Options) => KubernetesDispatcher;

export interface KubernetesDispatcher {
  request(options: Dispatcher.RequestOptions): Promise<DispatchedAnswer>;
  destroy(): Promise<void>;
}

/** An answer as undici's `request` gives it, as far as it is looked at. */
export interface DispatchedAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<unknown> & { dump(options: { readonly limit: number }): Promise<void> };
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  /** For error messages: `apply Deployment flux-system/source-controller`. */
  readonly attempted: string;
  readonly signal: AbortSignal;
  readonly body?: object;
  readonly contentType?: string;
  readonly accept?: string;
  /** Statuses that are answers for the caller and not failures; a success is always one. */
  readonly expects?: readonly number[];
  /** The body holds secrets, so of a refusal that may repeat them only the reason is passed on. */
  readonly isConfidential?: boolean;
}

export interface KubernetesTransport {
  /** One call, sent again while the API server is too busy for it. Every failure is an `OutsideCallError`. */
  send(request: ApiRequest): Promise<ApiAnswer>;
  /** The body of a watch, piece by piece, until it ends, breaks or is silent for `idleMs`. */
  stream(request: ApiRequest, idleMs: number): Promise<AsyncIterable<Uint8Array>>;
  /** How pauses pass here, for whoever comes back by itself. */
  readonly pause: Pause;
  /** Aborted once the transport is closed, so that nothing is taken up again. */
  readonly closing: AbortSignal;
  /** Ends what is under way and closes all connections. */
  close(): Promise<void>;
}

const parallelCalls = 8;
const defaultRequestTimeoutMs = 30_000;
const connectTimeoutMs = 10_000;
/** The API server closes idle connections after 90 s (k8s.io/apiserver `secure_serving.go`); we are earlier. */
const keepAliveTimeoutMs = 60_000;
const largestAnswerBytes = 32 * 1024 * 1024;

export function createKubernetesTransport(connection: KubernetesConnection): KubernetesTransport {
  const { origin, options } = poolSettings(connection);
  const dispatcherOf = connection.dispatcherOf ?? ((...address) => new Pool(...address));
  const calls = dispatcherOf(origin, { ...options, connections: parallelCalls });
  // A watch holds its connection: in the same pool, eight of them would block every other call.
  const watches = dispatcherOf(origin, options);
  const closing = new AbortController();
  const now = connection.now ?? (() => new Date());
  const pauseFor = connection.pause ?? pause;
  const random = connection.random ?? (() => 1);

  async function send(request: ApiRequest): Promise<ApiAnswer> {
    const deadline = AbortSignal.timeout(connection.requestTimeoutMs ?? defaultRequestTimeoutMs);
    const signal = AbortSignal.any([request.signal, closing.signal, deadline]);
    const answer = await sendPatiently({ ...request, signal });
    const { status } = answer;
    if (status < 200 || (status >= 300 && !request.expects?.includes(status))) {
      throw refusal(request.attempted, request.isConfidential ? withoutValues(answer) : answer);
    }
    return answer;
  }

  /** Until the API server has time for it, or the call's own time is over. */
  async function sendPatiently(request: ApiRequest): Promise<ApiAnswer> {
    const { attempted, signal } = request;
    for (let sends = 1; ; sends += 1) {
      const opened = await open(calls, connection.tokens, request);
      const answer = await readAnswer(opened, { attempted, signal, now });
      const pauseMs = pauseBeforeAgain(answer, { sends, random });
      if (pauseMs === undefined) return answer;
      await pauseFor(pauseMs, signal).catch(() => {
        throw refusal(attempted, answer);
      });
    }
  }

  async function stream(request: ApiRequest, idleMs: number): Promise<AsyncIterable<Uint8Array>> {
    const signal = AbortSignal.any([request.signal, closing.signal]);
    const opened = await open(watches, connection.tokens, { ...request, signal, idleMs });
    if (opened.response.statusCode !== 200) {
      throw refusal(request.attempted, await readAnswer(opened, { attempted: request.attempted, signal, now }));
    }
    return chunksOf(opened.response, request.attempted, signal);
  }

  async function close(): Promise<void> {
    closing.abort();
    await Promise.all([calls.destroy(), watches.destroy()]);
  }

  return { send, stream, pause: pauseFor, closing: closing.signal, close };
}

/** Where the connections lead, and whom they trust. */
function poolSettings(connection: KubernetesConnection): { origin: string; options: Pool.Options } {
  const attempted = 'connect to the API server';
  const url = URL.parse(connection.endpoint);
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') {
    throw rejected(attempted, 'the endpoint is not of the form https://host[:port]');
  }
  // Without a CA of its own, Node would trust every public one.
  if (!isCertificate(connection.certificateAuthorityPem)) {
    throw unreadable(attempted, "the cluster's certificate authority is not a PEM certificate");
  }
  return {
    origin: url.origin,
    options: {
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: keepAliveTimeoutMs,
      headersTimeout: connection.requestTimeoutMs ?? defaultRequestTimeoutMs,
      connect: {
        ca: connection.certificateAuthorityPem,
        // Said aloud, so that NODE_TLS_REJECT_UNAUTHORIZED cannot switch it off.
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        timeout: connectTimeoutMs,
      },
    },
  };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

interface OpenedAnswer {
  readonly response: DispatchedAnswer;
  /** What the answer must not repeat to anybody. */
  readonly token: string;
}

interface SentRequest extends ApiRequest {
  readonly idleMs?: number;
}

/** Sends; with a token that is not accepted once more, with a fresh one. */
async function open(pool: KubernetesDispatcher, tokens: BearerTokens, request: SentRequest): Promise<OpenedAnswer> {
  const token = await tokens.get(request.signal);
  const response = await dispatch(pool, request, token);
  if (response.statusCode !== 401) {
    return { response, token };
  }
  await discard(response);
  tokens.invalidate(token);
  const renewed = await tokens.get(request.signal);
  return { response: await dispatch(pool, request, renewed), token: renewed };
}

/** Frees the connection; an answer that is too long to read away is cut off instead. */
async function discard(response: DispatchedAnswer): Promise<void> {
  await response.body.dump({ limit: 64 * 1024 }).catch(() => {});
}

async function dispatch(pool: KubernetesDispatcher, request: SentRequest, token: string): Promise<DispatchedAnswer> {
  if (request.signal.aborted) {
    throw timedOut(request.attempted, request.signal.reason);
  }
  const body = request.body === undefined ? null : JSON.stringify(request.body);
  try {
    return await pool.request({
      method: request.method,
      path: request.path,
      signal: request.signal,
      body,
      headers: {
        accept: request.accept ?? 'application/json',
        authorization: `Bearer ${token}`,
        // The API server takes the default field manager from what stands before the slash.
        'user-agent': 'fleet-api/1',
        ...(body !== null && { 'content-type': request.contentType ?? 'application/json' }),
      },
      // Calls have their deadline; only a watch is judged by its silence.
      bodyTimeout: request.idleMs ?? 0,
    });
  } catch (error) {
    throw brokenCall(request.attempted, error, request.signal);
  }
}

interface Reading {
  readonly attempted: string;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

async function readAnswer(opened: OpenedAnswer, reading: Reading): Promise<ApiAnswer> {
  const { response, token } = opened;
  const { attempted, signal, now } = reading;
  const status = response.statusCode;
  const text = await readText(chunksOf(response, attempted, signal), attempted);
  const retryAfter = response.headers['retry-after'];
  return {
    status,
    // Only what is wrong is ever shown to anybody, and a proxy's error page may repeat the request.
    body: parsed(status < 400 ? text : text.replaceAll(token, '…')),
    retryAfterSeconds: retryAfterSeconds(typeof retryAfter === 'string' ? retryAfter : undefined, now()),
  };
}

async function readText(chunks: AsyncIterable<Uint8Array>, attempted: string): Promise<string> {
  const read: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > largestAnswerBytes) {
      throw unreadable(attempted, `the answer has more than ${largestAnswerBytes} bytes`);
    }
    read.push(chunk);
  }
  return Buffer.concat(read).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** The body as it comes; leaving the loop early, or the signal, closes the connection. */
async function* chunksOf(
  response: DispatchedAnswer,
  attempted: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body) {
      if (chunk instanceof Uint8Array) {
        yield chunk;
      }
    }
  } catch (error) {
    throw brokenCall(attempted, error, signal);
  }
}
