import { parse as parseYaml } from 'yaml';
import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import type { ResourceCall } from './answer-resource.ts';
import { isRecord, type Json, recordAt, stringAt } from './json.ts';
import { apiVersionOf } from './kinds.ts';
import { badRequest } from './kubernetes-error.ts';

/** JSON, or YAML where that is what is applied. What is wrong with a body is told without repeating it. */
export function readBody({ body, headers }: Pick<ResourceCall, 'body' | 'headers'>): Json {
  const value = parsed(body, (headers.get('content-type') ?? '').includes('yaml'));
  if (!isRecord(value)) throw badRequest('the object provided is unrecognized: it is no object');
  return value;
}

function parsed(body: string, isYaml: boolean): unknown {
  try {
    // JSON is YAML, and much faster to read as what it is.
    return isYaml && !body.startsWith('{') ? parseYaml(body) : JSON.parse(body);
  } catch {
    throw badRequest('error decoding the body: it is neither JSON nor YAML');
  }
}

/** The object of a body, held against the path it came on; the path's namespace counts where the body has none. */
export function readObject({ kind, target }: Pick<ResourceCall, 'kind' | 'target'>, body: Json): KubernetesObject {
  const apiVersion = apiVersionOf(kind);
  if (body['apiVersion'] !== apiVersion || body['kind'] !== kind.kind) {
    throw badRequest(`the body is no ${kind.kind} of ${apiVersion}`);
  }
  const metadata = recordAt(body, 'metadata');
  const namespace = metadata['namespace'];
  if (namespace !== undefined && namespace !== '' && namespace !== target.namespace && kind.isNamespaced) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const placed = target.namespace === undefined ? metadata : { ...metadata, namespace: target.namespace };
  return { ...body, apiVersion, kind: kind.kind, metadata: { ...placed, name: stringAt(metadata, 'name') } };
}
