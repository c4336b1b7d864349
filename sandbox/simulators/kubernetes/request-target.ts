/** What a path of the API names (k8s.io/apiserver `pkg/endpoints/request/requestinfo.go`). */
export interface Target {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** Subresources of a namespace; anything else behind its name is a resource in it. */
const ofNamespaces = new Set(['status', 'finalize']);

/** Undefined for a path that names no resource. */
export function targetOf(path: string): Target | undefined {
  const [root, ...segments] = path.split('/').slice(1).map(decodeURIComponent);
  const [group, version, ...rest] = root === 'api' ? ['', ...segments] : root === 'apis' ? segments : [];
  if (group === undefined || version === undefined || rest.length === 0 || rest.includes('')) return undefined;
  const [first, namespace, third] = rest;
  const isInside = first === 'namespaces' && namespace !== undefined && third !== undefined && !ofNamespaces.has(third);
  const [plural, name, subresource, ...more] = isInside ? rest.slice(2) : rest;
  if (plural === undefined || more.length > 0) return undefined;
  return {
    ...{ group, version, plural },
    ...(isInside && { namespace }),
    ...(name !== undefined && { name }),
    ...(subresource !== undefined && { subresource }),
  };
}
