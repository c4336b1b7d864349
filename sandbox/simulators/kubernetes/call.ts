import { KubernetesStatusError } from './kubernetes-error.ts';
import type { KubernetesWorld } from './kubernetes-world.ts';
import { type Attempt, type Caller, isAllowed, refusalText } from './rbac.ts';

/** One request by somebody whom the cluster knows. */
export interface Call {
  readonly world: KubernetesWorld;
  readonly caller: Caller;
  readonly isStale: boolean;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: string;
}

/** Throws 403. */
export function authorize({ world, caller }: Call, attempt: Attempt): void {
  if (isAllowed(world, caller, attempt)) return;
  const why = refusalText(caller, attempt);
  if ('path' in attempt) {
    throw new KubernetesStatusError({ status: 403, reason: 'Forbidden', message: `forbidden: ${why}` }, {});
  }
  const { group, resource, name } = attempt;
  const qualified = group === '' ? resource : `${resource}.${group}`;
  const what = name === undefined ? qualified : `${qualified} "${name}"`;
  throw new KubernetesStatusError(
    { status: 403, reason: 'Forbidden', message: `${what} is forbidden: ${why}` },
    { ...(name !== undefined && { name }), ...(group !== '' && { group }), kind: resource },
  );
}

export function json(body: object, status = 200): () => Response {
  return () => Response.json(body, { status });
}
