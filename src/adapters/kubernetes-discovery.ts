import { isRecord, timedOut, unreadable } from './kubernetes-failures.ts';
import type { ResourceType } from './kubernetes-resource-path.ts';

interface KindReference {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Which kinds a cluster knows, and where. Kinds are made and removed while a job runs. */
export interface KubernetesDiscovery {
  /**
   * The kind's resource; `undefined` when the cluster does not know it at the time of the call. Asks the cluster at
   * most once in a call; calls for unknown kinds at the same moment share one question.
   */
  find(reference: KindReference, signal: AbortSignal): Promise<ResourceType | undefined>;
  /** The cluster answered that there is no such path: the next `find` asks again. */
  forget(reference: KindReference): void;
}

/** The core group lives below `/api`, all others below `/apis`. */
export type DiscoveryRoot = '/api' | '/apis';

/** Aggregated discovery: all groups in one answer (Kubernetes ≥1.30; Flux needs a newer one). */
export const aggregatedDiscovery = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

type ResourceTypes = ReadonlyMap<string, ResourceType>;

interface Load {
  /** Whoever joins before the question is sent gets an answer that is newer than its own call. */
  isSent: boolean;
  readonly types: Promise<ResourceTypes>;
}

/** `ask` fetches the discovery document of one root, within bounds of its own; it serves several calls at once. */
export function createKubernetesDiscovery(ask: (root: DiscoveryRoot) => Promise<unknown>): KubernetesDiscovery {
  const known = new Map<DiscoveryRoot, Map<string, ResourceType>>();
  const loads = new Map<DiscoveryRoot, Load>();

  function load(root: DiscoveryRoot): Load {
    const started: Load = { isSent: false, types: run() };
    loads.set(root, started);
    return started;

    async function run(): Promise<ResourceTypes> {
      try {
        // Calls that are made in one go join before the question leaves.
        await Promise.resolve();
        started.isSent = true;
        const types = readResourceTypes(await ask(root), `GET ${root}`);
        known.set(root, new Map(types));
        return types;
      } finally {
        loads.delete(root);
      }
    }
  }

  async function find(reference: KindReference, signal: AbortSignal): Promise<ResourceType | undefined> {
    const root = reference.apiVersion.includes('/') ? '/apis' : '/api';
    const key = keyOf(reference);
    const remembered = known.get(root)?.get(key);
    if (remembered) {
      return remembered;
    }
    const underWay = loads.get(root);
    if (underWay) {
      const wasSent = underWay.isSent;
      const joined = (await untilAborted(underWay.types, signal, `GET ${root}`)).get(key);
      if (joined ?? !wasSent) {
        return joined;
      }
    }
    const own = loads.get(root) ?? load(root);
    return (await untilAborted(own.types, signal, `GET ${root}`)).get(key);
  }

  function forget(reference: KindReference): void {
    known.get(reference.apiVersion.includes('/') ? '/apis' : '/api')?.delete(keyOf(reference));
  }

  return { find, forget };
}

function keyOf(reference: KindReference): string {
  return `${reference.apiVersion} ${reference.kind}`;
}

/**
 * Reads an `APIGroupDiscoveryList`. An entry that we cannot read is a kind that we do not know; several resources of
 * one kind in one version: the first counts, as with kubectl.
 */
function readResourceTypes(document: unknown, attempted: string): ResourceTypes {
  if (!isRecord(document) || document['kind'] !== 'APIGroupDiscoveryList') {
    throw unreadable(attempted, 'the API server does not answer with aggregated discovery');
  }
  const types = new Map<string, ResourceType>();
  for (const group of recordsOf(document['items'])) {
    const groupName = isRecord(group['metadata']) ? group['metadata']['name'] : undefined;
    for (const version of recordsOf(group['versions'])) {
      const apiVersion = [groupName, version['version']].filter(Boolean).join('/');
      for (const resource of recordsOf(version['resources'])) {
        const type = readResourceType(apiVersion, resource);
        if (type && !types.has(keyOf(type))) {
          types.set(keyOf(type), type);
        }
      }
    }
  }
  return types;
}

function readResourceType(apiVersion: string, resource: Readonly<Record<string, unknown>>): ResourceType | undefined {
  const { resource: plural, scope, responseKind } = resource;
  const kind = isRecord(responseKind) ? responseKind['kind'] : undefined;
  if (typeof plural !== 'string' || typeof kind !== 'string' || (scope !== 'Namespaced' && scope !== 'Cluster')) {
    return undefined;
  }
  return { apiVersion, kind, plural, isNamespaced: scope === 'Namespaced' };
}

function recordsOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** A caller that gives up leaves the shared question to the others. */
function untilAborted<T>(shared: Promise<T>, signal: AbortSignal, attempted: string): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const abort = () => reject(timedOut(attempted, signal.reason));
  if (signal.aborted) {
    abort();
  }
  signal.addEventListener('abort', abort, { once: true });
  shared.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  return promise;
}
