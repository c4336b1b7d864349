import { OutsideCallError } from '../errors.ts';
import type { KubernetesObject, ObjectReference } from '../ports/kubernetes-cluster.ts';
import { type KubernetesClient, named } from './kubernetes-client.ts';
import type { KubernetesDiscovery } from './kubernetes-discovery.ts';
import { refusal, statusReason } from './kubernetes-failures.ts';
import { readObject } from './kubernetes-object.ts';
import { creationPath, objectPath, type ResourceType } from './kubernetes-resource-path.ts';

export async function apply(
  { transport, discovery }: KubernetesClient,
  options: {
    readonly object: KubernetesObject;
    readonly fieldManager: string;
    readonly signal: AbortSignal;
    readonly isDryRun?: boolean;
  },
): Promise<KubernetesObject> {
  const { object, fieldManager, signal, isDryRun = false } = options;
  const attempted = `apply ${named(referenceOf(object))}${isDryRun ? ' as a dry run' : ''}`;
  const type = await knownType(discovery, { object, attempted, signal });
  const query = new URLSearchParams({ fieldManager, force: 'true', ...(isDryRun && { dryRun: 'All' }) });
  const path = `${objectPath(type, object.metadata)}?${query}`;
  // JSON is YAML, and the API server reads it faster.
  const contentType = 'application/apply-patch+yaml';
  const answer = await transport.send({
    method: 'PATCH',
    path,
    attempted,
    signal,
    body: object,
    contentType,
    isConfidential: isConfidential(object),
  });
  return readObject(answer.body, attempted);
}

export async function create(
  { transport, discovery }: KubernetesClient,
  object: KubernetesObject,
  signal: AbortSignal,
): Promise<{ readonly kind: 'created' | 'exists' }> {
  const attempted = `create ${named(referenceOf(object))}`;
  const type = await knownType(discovery, { object, attempted, signal });
  const path = creationPath(type, object.metadata.namespace);
  const answer = await transport.send({
    method: 'POST',
    path,
    attempted,
    signal,
    body: object,
    expects: [409],
    isConfidential: isConfidential(object),
  });
  if (answer.status !== 409) {
    return { kind: 'created' };
  }
  if (statusReason(answer.body) !== 'AlreadyExists') {
    throw refusal(attempted, answer);
  }
  return { kind: 'exists' };
}

export async function patch(
  { transport, discovery }: KubernetesClient,
  options: { readonly reference: ObjectReference; readonly change: object; readonly signal: AbortSignal },
): Promise<KubernetesObject | undefined> {
  const { reference, change, signal } = options;
  const type = await discovery.find(reference, signal);
  if (!type) {
    return undefined;
  }
  const attempted = `patch ${named(reference)}`;
  const { status, body } = await transport.send({
    method: 'PATCH',
    path: objectPath(type, reference),
    attempted,
    signal,
    body: change,
    isConfidential: isConfidential(reference),
    contentType: 'application/merge-patch+json',
    expects: [404],
  });
  return status === 404 ? undefined : readObject(body, attempted);
}

export async function deleteObject(
  { transport, discovery }: KubernetesClient,
  options: { readonly reference: ObjectReference; readonly uid: string; readonly signal: AbortSignal },
): Promise<{ readonly kind: 'deleted' | 'absent' | 'replaced' }> {
  const { reference, uid, signal } = options;
  const type = await discovery.find(reference, signal);
  if (!type) {
    return { kind: 'absent' };
  }
  const { status } = await transport.send({
    method: 'DELETE',
    path: objectPath(type, reference),
    attempted: `delete ${named(reference)}`,
    signal,
    body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid }, propagationPolicy: 'Background' },
    expects: [404, 409],
  });
  return { kind: status === 404 ? 'absent' : status === 409 ? 'replaced' : 'deleted' };
}

/**
 * A kind that the cluster does not know cannot be written. It may be known in a moment: an API server beside the one
 * that established a CRD learns of it a little later.
 */
async function knownType(
  discovery: KubernetesDiscovery,
  write: { readonly object: KubernetesObject; readonly attempted: string; readonly signal: AbortSignal },
): Promise<ResourceType> {
  const { apiVersion, kind } = write.object;
  const type = await discovery.find(write.object, write.signal);
  if (!type) {
    const answer = `the API server knows no kind ${kind} in ${apiVersion}`;
    throw new OutsideCallError({
      system: 'kubernetes',
      failure: 'server-error',
      attempted: write.attempted,
      answer,
      status: 404,
    });
  }
  return type;
}

function referenceOf({ apiVersion, kind, metadata }: KubernetesObject): ObjectReference {
  const { name, namespace } = metadata;
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
}

/** A refusal can repeat the values that it refuses. */
function isConfidential({ apiVersion, kind }: Pick<ObjectReference, 'apiVersion' | 'kind'>): boolean {
  return apiVersion === 'v1' && kind === 'Secret';
}
