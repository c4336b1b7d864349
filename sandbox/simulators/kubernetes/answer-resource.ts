import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { authorize, type Call, json } from './call.ts';
import { without } from './json.ts';
import { apiVersionOf, type Kind } from './kinds.ts';
import { badRequest, KubernetesStatusError, noSuchPath, notFound, qualified } from './kubernetes-error.ts';
import type { Place } from './object-store.ts';
import { readBody, readObject } from './request-body.ts';
import type { Target } from './request-target.ts';
import { selectorOf } from './selectors.ts';
import { watchStream } from './watch-stream.ts';

/** A request for one object or for a collection of them. */
export interface ResourceCall extends Call {
  readonly kind: Kind;
  readonly target: Target;
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', PATCH: 'patch', DELETE: 'delete' };

export function answerResource(call: Call, target: Target): () => Response {
  const { method, query } = call;
  const isWatch = query.get('watch') === 'true' || query.get('watch') === '1';
  const verb = verbs[method] ?? (target.name !== undefined ? 'get' : isWatch ? 'watch' : 'list');
  authorize(call, attemptOf(verb, target));
  const { group, version, plural, name, subresource } = target;
  const kind = call.world.inner.kinds().findByPath(group, version, plural);
  if (!kind || (subresource !== undefined && !(subresource === 'status' && kind.hasStatus))) throw noSuchPath();
  const resourceCall: ResourceCall = { ...call, kind, target };
  if (method === 'GET' && isWatch && name === undefined) return watch(resourceCall);
  if (method === 'GET') return name === undefined ? list(resourceCall) : get(resourceCall, name);
  if (method === 'POST' && name === undefined) return create(resourceCall);
  if (method === 'PATCH' && name !== undefined) return patch(resourceCall, name);
  if (method === 'DELETE' && name !== undefined) return remove(resourceCall, name);
  const message = 'the server does not allow this method on the requested resource';
  throw new KubernetesStatusError({ status: 405, reason: 'MethodNotAllowed', message }, {});
}

function attemptOf(verb: string, { group, plural, namespace, name, subresource }: Target) {
  return {
    ...{ verb, group, resource: plural },
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    ...(subresource !== undefined && { subresource }),
  };
}

function placeFor({ kind, target }: ResourceCall, name: string): Place {
  if (kind.isNamespaced && target.namespace === undefined) throw noSuchPath();
  return { kind, namespace: kind.isNamespaced ? target.namespace : undefined, name };
}

function get(call: ResourceCall, name: string): () => Response {
  const object = call.world.inner.get(placeFor(call, name), { isStale: call.isStale });
  if (!object) throw notFound(call.kind, name);
  return json(object);
}

/** Pages are cut from the list as it is when each is asked for; the real one keeps to the first page's version. */
function list({ world, kind, target, query, isStale }: ResourceCall): () => Response {
  const { namespace } = target;
  const isWanted = selectorOf(query);
  const all = world.inner
    .list(kind, { isStale, ...(namespace !== undefined && { namespace }) })
    .filter(isWanted)
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const start = Number(Buffer.from(query.get('continue') ?? '', 'base64').toString() || 0);
  const limit = Number(query.get('limit') ?? 0) || all.length;
  const items = all.slice(start, start + limit);
  const left = all.length - start - items.length;
  const next = left > 0 && {
    continue: Buffer.from(String(start + limit)).toString('base64'),
    remainingItemCount: left,
  };
  return json({
    kind: `${kind.kind}List`,
    apiVersion: apiVersionOf(kind),
    metadata: { resourceVersion: String(world.inner.resourceVersion()), ...next },
    // Items of built-in kinds do not say what they are; custom resources do.
    items: kind.isCustom ? items : items.map((item) => without(item, 'apiVersion', 'kind')),
  });
}

function nameOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Without `timeoutSeconds` a watch lasts for 30 minutes at least (`--min-request-timeout`). */
const defaultWatchSeconds = 1800;

function watch({ world, kind, target, query }: ResourceCall): () => Response {
  const request = {
    kind,
    namespace: target.namespace,
    isWanted: selectorOf(query),
    resourceVersion: query.get('resourceVersion') ?? '',
    allowsBookmarks: query.get('allowWatchBookmarks') === 'true',
    timeoutSeconds: Number(query.get('timeoutSeconds') ?? defaultWatchSeconds),
  };
  return () => new Response(watchStream(world.inner, request), { headers: { 'content-type': 'application/json' } });
}

function create(call: ResourceCall): () => Response {
  if (call.kind.isNamespaced && call.target.namespace === undefined) throw noSuchPath();
  const object = readObject(call, readBody(call));
  return json(call.world.create(object, writeOptions(call)), 201);
}

function patch(call: ResourceCall, name: string): () => Response {
  const { world, kind, target, headers } = call;
  const place = placeFor(call, name);
  const type = (headers.get('content-type') ?? '').split(';')[0];
  if (type === 'application/apply-patch+yaml') return apply(call, place);
  if (type !== 'application/merge-patch+json') {
    const accepted = '[application/merge-patch+json application/apply-patch+yaml]';
    const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
    throw new KubernetesStatusError({ status: 415, reason: 'UnsupportedMediaType', message });
  }
  const reference = {
    ...{ apiVersion: apiVersionOf(kind), kind: kind.kind, name },
    ...(place.namespace !== undefined && { namespace: place.namespace }),
  };
  const subresource = target.subresource === undefined ? {} : { subresource: 'status' as const };
  return json(world.patch(reference, readBody(call), { ...writeOptions(call), ...subresource }));
}

function apply(call: ResourceCall, place: Place): () => Response {
  const { world, query, kind, target } = call;
  if (target.subresource !== undefined) throw badRequest('this simulator applies no subresources');
  if ((query.get('fieldManager') ?? '') === '') {
    const message = 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch';
    const causes = [
      { reason: 'FieldValueRequired', message: 'Required value: is required for apply patch', field: 'fieldManager' },
    ];
    throw new KubernetesStatusError({ status: 422, reason: 'Invalid', message }, { kind: 'PatchOptions', causes });
  }
  const isNew = world.inner.get(place) === undefined;
  // Whoever applies what is not there creates it, and must be allowed to.
  if (isNew) authorize(call, attemptOf('create', target));
  const object = readObject(call, readBody(call));
  if (object.metadata.name !== place.name) {
    const why = `the name of the object (${object.metadata.name}) does not match the name on the URL (${place.name})`;
    throw badRequest(why);
  }
  checkSize(call, kind);
  const force = query.get('force') === 'true';
  return json(world.apply(object, { ...writeOptions(call), force }), isNew ? 201 : 200);
}

/** etcd's own limit for a request (`--max-request-bytes`); values of Secrets and ConfigMaps have a lower one. */
const largestObjectBytes = 1.5 * 1024 * 1024;

function checkSize({ body }: ResourceCall, kind: Kind): void {
  if (Buffer.byteLength(body) <= largestObjectBytes || kind.kind === 'Secret' || kind.kind === 'ConfigMap') return;
  throw new KubernetesStatusError({ status: 500, reason: '', message: 'etcdserver: request is too large' });
}

function remove(call: ResourceCall, name: string): () => Response {
  const { world, kind, body, caller } = call;
  const options = body === '' ? {} : (readBody(call) as { readonly preconditions?: { readonly uid?: string } });
  const uid = options.preconditions?.uid;
  const place = placeFor(call, name);
  const object = world.inner.delete(place, { by: caller.username, ...(uid !== undefined && { uid }) });
  // What finalizers hold is still there, and is the answer; of what is gone there is a Status.
  if (world.inner.get(place)) return json(object);
  const details = {
    name,
    ...(kind.group !== '' && { group: kind.group }),
    kind: kind.plural,
    uid: object.metadata.uid,
  };
  return json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

function writeOptions({ caller, query, headers, kind }: ResourceCall) {
  const dryRun = query.get('dryRun');
  if (dryRun !== null && dryRun !== 'All') {
    throw badRequest(`${qualified(kind)}: dryRun: Unsupported value: "${dryRun}"`);
  }
  // Without a name the manager is what stands before the slash in the user agent.
  const [agent = 'unknown'] = (headers.get('user-agent') ?? 'unknown').split('/');
  return { by: caller.username, fieldManager: query.get('fieldManager') ?? agent, dryRun: dryRun === 'All' };
}
