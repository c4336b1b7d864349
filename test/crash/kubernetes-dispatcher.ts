/** The adapter's requests to API servers without a socket: each is handed to the simulator behind its origin. */
import type { Hono } from 'hono';
import type { DispatchedAnswer, KubernetesDispatcherOf } from '../../src/adapters/kubernetes-transport.ts';
import type { Call, Wire } from './wire.ts';

export function kubernetesDispatcher(wire: Wire, apiAt: (origin: string) => Hono | undefined): KubernetesDispatcherOf {
  return (origin) => ({
    async request({ method, path, headers, body, signal }) {
      const init = { method, headers: headers as Record<string, string>, body: typeof body === 'string' ? body : null };
      const answer = await wire.pass(callOf(method, path, init.headers), async () => {
        const api = apiAt(origin);
        if (!api) throw new Error(`nobody listens at ${origin}`);
        return api.fetch(new Request(`${origin}${path}`, init));
      });
      return dispatched(answer, signal instanceof AbortSignal ? signal : undefined);
    },
    destroy: async () => undefined,
  });
}

/** With the kind and the name of what it is about, as its path has them. */
function callOf(method: string, path: string, headers: Readonly<Record<string, string>>): Call {
  const [, query = ''] = path.split('?');
  const isWatch = new URLSearchParams(query).get('watch') === 'true';
  const isApply = headers['content-type']?.startsWith('application/apply-patch') === true;
  const verb = isWatch ? 'WATCH' : isApply ? 'APPLY' : method;
  const place = (path.split('?', 1)[0] ?? '')
    .replace(/^\/apis?\/(?:[^/]+\.[^/]+\/|apps\/)?v[^/]+\//, '')
    .replace(/^namespaces\/[^/]+\/(?=.)/, '');
  const isAsking = method === 'GET' || place.endsWith('selfsubjectaccessreviews') || query.includes('dryRun');
  return { name: `kubernetes ${verb} ${place}`, hasEffect: !isAsking };
}

function dispatched(answer: Response, signal: AbortSignal | undefined): DispatchedAnswer {
  const body = chunksOf(answer, signal);
  return {
    statusCode: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: Object.assign(body, { dump: async () => answer.body?.cancel() }),
  };
}

/** Until its end, or until the signal closes the connection. */
async function* chunksOf({ body }: Response, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  if (!reader) return;
  const { promise: closed, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal?.reason);
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  closed.catch(() => undefined);
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), closed]);
      if (done) return;
      yield value;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await reader.cancel();
  }
}
