import type { KubernetesObject, ObjectReference } from '../ports/kubernetes-cluster.ts';
import { isRecord, unreadable } from './kubernetes-failures.ts';

/** Has what every object has; all else passes through as it came. */
export function isKubernetesObject(value: unknown): value is KubernetesObject {
  return (
    isRecord(value) &&
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    isRecord(value['metadata']) &&
    typeof value['metadata']['name'] === 'string'
  );
}

export function readObject(body: unknown, attempted: string): KubernetesObject {
  if (!isKubernetesObject(body)) {
    throw unreadable(attempted, 'the answer is no Kubernetes object');
  }
  return body;
}

export interface ObjectList {
  readonly objects: readonly KubernetesObject[];
  /** What a watch goes on from. */
  readonly resourceVersion: string;
  /** Names the next page; empty on the last one. */
  readonly continueToken: string;
}

/** Reads a list; its items say neither `apiVersion` nor `kind` where the kind is built in, so they get the list's. */
export function readObjectList(
  body: unknown,
  kind: Pick<ObjectReference, 'apiVersion' | 'kind'>,
  attempted: string,
): ObjectList {
  const metadata = isRecord(body) ? body['metadata'] : undefined;
  if (!isRecord(body) || !Array.isArray(body['items']) || !isRecord(metadata)) {
    throw unreadable(attempted, 'the answer is no list');
  }
  const { resourceVersion, continue: continueToken } = metadata;
  return {
    objects: body['items'].map((item: unknown) =>
      readObject(isRecord(item) ? { ...item, apiVersion: kind.apiVersion, kind: kind.kind } : item, attempted),
    ),
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
    continueToken: typeof continueToken === 'string' ? continueToken : '',
  };
}
