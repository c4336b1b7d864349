import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { apiVersionOf, type Kind, storageKey } from './kinds.ts';
import { KubernetesStatusError } from './kubernetes-error.ts';
import { inVersion, type InnerWorld } from './kubernetes-world.ts';
import type { StoredEvent } from './object-store.ts';

export interface WatchRequest {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly isWanted: (object: KubernetesObject) => boolean;
  /** Empty or `0`: from the present, which is told first. */
  readonly resourceVersion: string;
  readonly allowsBookmarks: boolean;
  readonly timeoutSeconds: number;
}

const encoder = new TextEncoder();

/** One event a line until the time is up ("Efficient detection of changes" in the API concepts of Kubernetes). */
export function watchStream(inner: InnerWorld, request: WatchRequest): ReadableStream<Uint8Array> {
  let stop = (): void => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (type: string, object: unknown): void =>
        controller.enqueue(encoder.encode(`${JSON.stringify({ type, object })}\n`));
      const since = sinceVersion(inner, request, send);
      if (since === undefined) {
        controller.close();
        return;
      }
      const pass = (event: StoredEvent): void => passOn(event, request, send);
      for (const event of inner.since(since)) pass(event);
      const unsubscribe = inner.subscribe(pass);
      const timer = setTimeout(() => {
        stop();
        if (request.allowsBookmarks) send('BOOKMARK', bookmark(request.kind, inner.resourceVersion()));
        controller.close();
      }, request.timeoutSeconds * 1000);
      timer.unref();
      stop = () => {
        clearTimeout(timer);
        unsubscribe();
      };
    },
    cancel: () => stop(),
  });
}

/** The version after which events count; what is there now has been sent where the watch begins with it. */
function sinceVersion(
  inner: InnerWorld,
  { kind, namespace, isWanted, resourceVersion }: WatchRequest,
  send: (type: string, object: unknown) => void,
): number | undefined {
  if (resourceVersion === '' || resourceVersion === '0') {
    const present = inner.list(kind, namespace === undefined ? {} : { namespace });
    for (const object of present.filter(isWanted)) send('ADDED', object);
    return inner.resourceVersion();
  }
  const since = Number(resourceVersion);
  if (since >= inner.oldestVersion()) return since;
  const message = `too old resource version: ${resourceVersion} (${inner.oldestVersion()})`;
  send('ERROR', new KubernetesStatusError({ status: 410, reason: 'Expired', message }).toStatus());
  return undefined;
}

/** What the selectors no longer cover is gone to a watcher, and what they cover from now on is new. */
function passOn(event: StoredEvent, request: WatchRequest, send: (type: string, object: unknown) => void): void {
  const { kind, namespace, isWanted } = request;
  if (event.key !== storageKey(kind)) return;
  if (namespace !== undefined && event.object.metadata.namespace !== namespace) return;
  const wasWanted = event.before !== undefined && isWanted(event.before);
  const isNow = event.type !== 'DELETED' && isWanted(event.object);
  if (!wasWanted && !isNow) return;
  send(wasWanted ? (isNow ? 'MODIFIED' : 'DELETED') : 'ADDED', inVersion(event.object, kind));
}

function bookmark(kind: Kind, resourceVersion: number): object {
  const metadata = { resourceVersion: String(resourceVersion), creationTimestamp: null };
  return { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata };
}
