import type { ObjectReference } from '../../../src/ports/kubernetes-cluster.ts';
import type { Kind } from './kinds.ts';

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** What the API server refuses with: a `Status` (k8s.io/apimachinery `pkg/api/errors/errors.go` has the words). */
export class KubernetesStatusError extends Error {
  override readonly name = 'KubernetesStatusError';
  readonly status: number;
  readonly reason: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    refusal: { readonly status: number; readonly reason: string; readonly message: string },
    details?: Readonly<Record<string, unknown>>,
  ) {
    super(refusal.message);
    this.status = refusal.status;
    this.reason = refusal.reason;
    this.details = details;
  }

  /** As the API speaks it. */
  toStatus(): object {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details && { details: this.details }),
      code: this.status,
    };
  }
}

/** `deployments.apps`, as messages name a resource. */
export function qualified({ plural, group }: Pick<Kind, 'plural' | 'group'>): string {
  return group === '' ? plural : `${plural}.${group}`;
}

function detailsOf(kind: Kind, name: string): { name: string; group?: string; kind: string } {
  return { name, ...(kind.group !== '' && { group: kind.group }), kind: kind.plural };
}

export function notFound(kind: Kind, name: string): KubernetesStatusError {
  const message = `${qualified(kind)} "${name}" not found`;
  return new KubernetesStatusError({ status: 404, reason: 'NotFound', message }, detailsOf(kind, name));
}

export function alreadyExists(kind: Kind, name: string): KubernetesStatusError {
  const message = `${qualified(kind)} "${name}" already exists`;
  return new KubernetesStatusError({ status: 409, reason: 'AlreadyExists', message }, detailsOf(kind, name));
}

export function conflict(kind: Kind, name: string, why: string): KubernetesStatusError {
  const message = `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${why}`;
  return new KubernetesStatusError({ status: 409, reason: 'Conflict', message }, detailsOf(kind, name));
}

/** Server-side apply met fields of other managers (k8s.io/apimachinery `NewApplyConflict`). */
export function applyConflict(causes: readonly StatusCause[]): KubernetesStatusError {
  const plural = causes.length === 1 ? '' : 's';
  const words = causes.map(({ message, field }) => `${message}: ${field}`).join('\n');
  const message = `Apply failed with ${causes.length} conflict${plural}: ${words}`;
  return new KubernetesStatusError({ status: 409, reason: 'Conflict', message }, { causes });
}

export function invalid(
  kind: Pick<Kind, 'kind' | 'group'>,
  name: string,
  causes: readonly StatusCause[],
): KubernetesStatusError {
  const called = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const words = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const said = words.length === 1 ? words.join('') : `[${words.join(', ')}]`;
  return new KubernetesStatusError(
    { status: 422, reason: 'Invalid', message: `${called} "${name}" is invalid: ${said}` },
    { name, ...(kind.group !== '' && { group: kind.group }), kind: kind.kind, causes },
  );
}

export function badRequest(message: string): KubernetesStatusError {
  return new KubernetesStatusError({ status: 400, reason: 'BadRequest', message });
}

export function unknownKind({ apiVersion, kind }: Pick<ObjectReference, 'apiVersion' | 'kind'>): KubernetesStatusError {
  const message = `no matches for kind "${kind}" in version "${apiVersion}"`;
  return new KubernetesStatusError({ status: 404, reason: 'NotFound', message }, {});
}
/** The answer for a path that the API server does not serve, such as that of a kind which it does not know. */
export function noSuchPath(): KubernetesStatusError {
  const message = 'the server could not find the requested resource';
  return new KubernetesStatusError({ status: 404, reason: 'NotFound', message }, {});
}
