import { type Json, recordAt, recordsAt, stringAt, stringsAt } from './json.ts';
import type { KubernetesWorld } from './kubernetes-world.ts';

export interface Caller {
  readonly username: string;
  readonly groups: readonly string[];
}

/** What somebody wants to do, as RBAC decides on it. */
export type Attempt =
  | {
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource?: string;
      readonly namespace?: string;
      readonly name?: string;
    }
  | { readonly verb: string; readonly path: string };

const group = 'rbac.authorization.k8s.io';

/** May do everything, whatever RBAC says: the API server's own group, and EKS's access policy for administrators. */
const almighty = new Set(['system:masters', 'eks-access-policy:AmazonEKSClusterAdminPolicy']);

/**
 * RBAC ("Using RBAC Authorization" in Kubernetes' documentation): rules only add up. Left out: aggregated roles, and
 * the rule that nobody may grant what he does not have.
 */
export function isAllowed(world: KubernetesWorld, caller: Caller, attempt: Attempt): boolean {
  if (caller.groups.some((one) => almighty.has(one))) return true;
  return rulesFor(world, caller, attempt).some((rule) => covers(rule, attempt));
}

function rulesFor(world: KubernetesWorld, caller: Caller, attempt: Attempt): readonly Json[] {
  const apiVersion = `${group}/v1`;
  const namespace = 'path' in attempt ? undefined : attempt.namespace;
  const bindings = [
    ...world.list({ apiVersion, kind: 'ClusterRoleBinding' }),
    ...(namespace === undefined ? [] : world.list({ apiVersion, kind: 'RoleBinding', namespace })),
  ];
  return bindings
    .filter((binding) => recordsAt(binding, 'subjects').some((subject) => isMeant(subject, caller)))
    .flatMap((binding) => {
      const reference = recordAt(binding, 'roleRef');
      const [kind, name] = [stringAt(reference, 'kind'), stringAt(reference, 'name')];
      const inNamespace = kind === 'Role' && namespace !== undefined ? { namespace } : {};
      return recordsAt(world.get({ apiVersion, kind, name, ...inNamespace }), 'rules');
    });
}

function isMeant(subject: Json, caller: Caller): boolean {
  const name = stringAt(subject, 'name');
  switch (subject['kind']) {
    case 'Group':
      return caller.groups.includes(name);
    case 'ServiceAccount':
      return caller.username === `system:serviceaccount:${stringAt(subject, 'namespace')}:${name}`;
    default:
      return caller.username === name;
  }
}

function covers(rule: Json, attempt: Attempt): boolean {
  const has = (field: string, wanted: string): boolean => {
    const values = stringsAt(rule, field);
    return values.includes('*') || values.includes(wanted);
  };
  if (!has('verbs', attempt.verb)) return false;
  if ('path' in attempt) {
    const { path } = attempt;
    return stringsAt(rule, 'nonResourceURLs').some(
      (url) => url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))),
    );
  }
  const { resource, subresource, name } = attempt;
  const wanted = subresource === undefined ? resource : `${resource}/${subresource}`;
  const names = stringsAt(rule, 'resourceNames');
  const isResource = has('resources', wanted) || (subresource !== undefined && has('resources', `*/${subresource}`));
  return isResource && has('apiGroups', attempt.group) && (names.length === 0 || names.includes(name ?? ''));
}

/** The words of a refusal (k8s.io/apiserver `pkg/endpoints/handlers/responsewriters/errors.go`). */
export function refusalText(caller: Caller, attempt: Attempt): string {
  if ('path' in attempt) return `User "${caller.username}" cannot ${attempt.verb} path "${attempt.path}"`;
  const { verb, resource, subresource, namespace } = attempt;
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return `User "${caller.username}" cannot ${verb} resource "${what}" in API group "${attempt.group}" ${where}`;
}
