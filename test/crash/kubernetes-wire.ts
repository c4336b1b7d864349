/** The Kubernetes adapter's requests without a socket: each goes over the wire to the API server that would have got it. */
import { buffer } from 'node:stream/consumers';
import { ConnectionReset } from '../../sandbox/simulators/faults.ts';
import type {
  DispatchedAnswer,
  KubernetesDispatcher,
  KubernetesDispatcherOf,
} from '../../src/adapters/kubernetes-transport.ts';
import type { Call, Wire } from './wire.ts';

type SentRequest = Parameters<KubernetesDispatcher['request']>[0];

export interface ApiServer {
  fetch(request: Request): Promise<Response>;
}

/** `apiAt` knows the API servers by their origins. */
export function kubernetesDispatcher(wire: Wire, apiAt: (origin: string) => ApiServer): KubernetesDispatcherOf {
  return (origin) => ({
    async request(options) {
      const signal = options.signal instanceof AbortSignal ? options.signal : new AbortController().signal;
      return untilAborted(signal, send({ wire, api: apiAt(origin), origin, options, signal }));
    },
    // The signals of all that is under way end with the connection.
    destroy: async () => undefined,
  });
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Sending {
  readonly wire: Wire;
  readonly api: ApiServer;
  readonly origin: string;
  readonly options: SentRequest;
  readonly signal: AbortSignal;
}

async function send({ wire, api, origin, options, signal }: Sending): Promise<DispatchedAnswer> {
  const { method, path } = options;
  const headers = options.headers as Record<string, string>;
  const body = typeof options.body === 'string' ? options.body : undefined;
  const call = callOf({ method, path, headers });
  const ends = new AbortController();
  void wire.death.then(() => ends.abort());
  try {
    return await wire.pass(call, async () => {
      const answer = await api.fetch(new Request(`${origin}${path}`, { method, headers, ...(body && { body }) }));
      const answered = { statusCode: answer.status, headers: Object.fromEntries(answer.headers) };
      if (isWatch(path) && answer.body !== null) {
        return { ...answered, body: bodyOf(eventsOf(answer.body, { wire, signal, ended: ends.signal })) };
      }
      const bytes = new Uint8Array(await answer.arrayBuffer());
      return { ...answered, body: bodyOf([bytes]) };
    });
  } catch (error) {
    // Whoever has lost the answer has lost the connection, and a watch's events come over it.
    ends.abort();
    throw error;
  }
}

/** By verb, kind and name, as the path has them; a list or a watch of one object with the name of that one. */
function callOf({ method, path, headers }: Sent): Call {
  const { pathname, searchParams } = new URL(path, 'https://kubernetes');
  const isApply = headers['content-type']?.startsWith('application/apply-patch') === true;
  const verb = isWatch(path) ? 'WATCH' : isApply ? 'APPLY' : method;
  const place = pathname
    .replace(/^\/apis?\/(?:[^/]+\.[^/]+\/|apps\/)?v[^/]+\//, '')
    .replace(/^namespaces\/[^/]+\/(?=.)/, '');
  const name = searchParams.get('fieldSelector')?.replace('metadata.name=', '/') ?? '';
  const isDry = searchParams.has('dryRun');
  const isAsking = method === 'GET' || isDry || place.endsWith('accessreviews');
  return { name: `kubernetes ${verb} ${place}${name}${isDry ? ' (dry run)' : ''}`, hasEffect: !isAsking };
}

function isWatch(path: string): boolean {
  return new URL(path, 'https://kubernetes').searchParams.get('watch') === 'true';
}

interface Watching {
  readonly wire: Wire;
  /** The client's. */
  readonly signal: AbortSignal;
  readonly ended: AbortSignal;
}

/** What the API server tells, as it comes; to a life that has ended nothing is told. */
async function* eventsOf(stream: ReadableStream<Uint8Array>, watching: Watching): AsyncGenerator<Uint8Array> {
  const { wire, signal, ended } = watching;
  const reader = stream.getReader();
  const close = (): void => void reader.cancel();
  for (const one of [signal, ended]) one.addEventListener('abort', close, { once: true });
  if (signal.aborted || ended.aborted) close();
  try {
    for (;;) {
      const { done, value } = await wire.listen(() => reader.read());
      signal.throwIfAborted();
      if (ended.aborted) throw new ConnectionReset('the watch was cut off');
      if (done) return;
      yield value;
    }
  } finally {
    for (const one of [signal, ended]) one.removeEventListener('abort', close);
    close();
  }
}

function bodyOf(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): DispatchedAnswer['body'] {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  return Object.assign(pieces(), { dump: async () => void (await buffer(pieces())) });
}

/** As undici does: whoever gives up hears nothing more, whatever becomes of the request. */
async function untilAborted<T>(signal: AbortSignal, sent: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([sent, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
