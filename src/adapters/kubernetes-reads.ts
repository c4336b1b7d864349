import type { KubernetesObject, ObjectReference, WatchOptions, WatchOutcome } from '../ports/kubernetes-cluster.ts';
import { type KubernetesClient, named } from './kubernetes-client.ts';
import { rejected } from './kubernetes-failures.ts';
import { readObject, readObjectList } from './kubernetes-object.ts';
import { collectionPath, creationPath, objectPath } from './kubernetes-resource-path.ts';
import { readWatchEvents, type WatchEvent } from './kubernetes-watch-events.ts';
import { type Sighting, watchUntil } from './kubernetes-watch.ts';

const pageSize = 500;
const longestEventBytes = 32 * 1024 * 1024;
/** A watch is asked for again this often, so that a connection that died without a word is noticed. */
const watchSeconds = 30;
const watchIdleMs = (watchSeconds + 5) * 1000;

export async function get(
  { transport, discovery }: KubernetesClient,
  reference: ObjectReference,
  signal: AbortSignal,
): Promise<KubernetesObject | undefined> {
  const type = await discovery.find(reference, signal);
  if (!type) {
    return undefined;
  }
  const attempted = `get ${named(reference)}`;
  const path = objectPath(type, reference);
  const { status, body } = await transport.send({ method: 'GET', path, attempted, signal, expects: [404] });
  return status === 404 ? undefined : readObject(body, attempted);
}

export async function list(
  { transport, discovery }: KubernetesClient,
  kind: Omit<ObjectReference, 'name'>,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> {
  const type = await discovery.find(kind, signal);
  if (!type) {
    return [];
  }
  const attempted = `list ${kind.kind}${kind.namespace === undefined ? '' : ` in ${kind.namespace}`}`;
  const objects: KubernetesObject[] = [];
  let continueToken = '';
  do {
    const query = new URLSearchParams({ limit: String(pageSize), ...(continueToken && { continue: continueToken }) });
    const path = `${collectionPath(type, kind.namespace)}?${query}`;
    const answer = await transport.send({ method: 'GET', path, attempted, signal, expects: [404] });
    if (answer.status === 404) {
      discovery.forget(kind);
      return [];
    }
    const page = readObjectList(answer.body, kind, attempted);
    objects.push(...page.objects);
    continueToken = page.continueToken;
  } while (continueToken !== '');
  return objects;
}

export function watch(client: KubernetesClient, options: WatchOptions): Promise<WatchOutcome> {
  const { reference } = options;
  const attempted = `watch ${named(reference)}`;
  return watchUntil(
    {
      attempted,
      pause: client.transport.pause,
      look: (signal) => look(client, { reference, attempted, signal }),
      follow: (resourceVersion, signal) => follow(client, { reference, attempted, signal, resourceVersion }),
    },
    { ...options, signal: AbortSignal.any([options.signal, client.transport.closing]) },
  );
}

interface Watching {
  readonly reference: ObjectReference;
  readonly attempted: string;
  readonly signal: AbortSignal;
}

/** A list and not a get: only a list has a resource version that a watch can go on from when there is no object. */
async function look({ transport, discovery }: KubernetesClient, watching: Watching): Promise<Sighting> {
  const { reference, attempted, signal } = watching;
  const type = await discovery.find(reference, signal);
  if (!type) {
    return { object: undefined, resourceVersion: undefined };
  }
  const query = new URLSearchParams({ fieldSelector: `metadata.name=${reference.name}` });
  const path = `${creationPath(type, reference.namespace)}?${query}`;
  const answer = await transport.send({ method: 'GET', path, attempted, signal, expects: [404] });
  if (answer.status === 404) {
    discovery.forget(reference);
    return { object: undefined, resourceVersion: undefined };
  }
  const { objects, resourceVersion } = readObjectList(answer.body, reference, attempted);
  return { object: objects[0], resourceVersion };
}

async function* follow(
  { transport, discovery }: KubernetesClient,
  watching: Watching & { readonly resourceVersion: string },
): AsyncGenerator<WatchEvent> {
  const { reference, attempted, signal, resourceVersion } = watching;
  const type = await discovery.find(reference, signal);
  if (!type) {
    throw rejected(
      attempted,
      `the API server knows no kind ${reference.kind} in ${reference.apiVersion} any more`,
      404,
    );
  }
  const query = new URLSearchParams({
    watch: 'true',
    fieldSelector: `metadata.name=${reference.name}`,
    resourceVersion,
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(watchSeconds),
  });
  const path = `${creationPath(type, reference.namespace)}?${query}`;
  const chunks = await transport.stream({ method: 'GET', path, attempted, signal }, watchIdleMs);
  yield* readWatchEvents(chunks, { attempted, maxLineBytes: longestEventBytes });
}
