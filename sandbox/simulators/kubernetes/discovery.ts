import type { Kind } from './kinds.ts';

export const aggregatedDiscovery = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'watch'];

/** All kinds below one root, group by group (apidiscovery.k8s.io/v2, "Aggregated Discovery"). */
export function discoveryDocument(kinds: readonly Kind[], root: '/api' | '/apis'): object {
  const groups = new Map<string, Map<string, Kind[]>>();
  for (const kind of kinds.filter(({ group }) => (group === '') === (root === '/api'))) {
    const versions = groups.get(kind.group) ?? new Map<string, Kind[]>();
    groups.set(kind.group, versions);
    versions.set(kind.version, [...(versions.get(kind.version) ?? []), kind]);
  }
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: [...groups].map(([group, versions]) => ({
      metadata: group === '' ? { creationTimestamp: null } : { name: group, creationTimestamp: null },
      versions: [...versions].map(([version, ofVersion]) => ({
        version,
        freshness: 'Current',
        resources: ofVersion.map(resourceOf),
      })),
    })),
  };
}

function resourceOf({ group, version, kind, plural, singular, isNamespaced, hasStatus, shortNames }: Kind): object {
  const responseKind = { group, version, kind };
  return {
    resource: plural,
    responseKind,
    scope: isNamespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames && { shortNames }),
    ...(hasStatus && { subresources: [{ subresource: 'status', responseKind, verbs: ['get', 'patch'] }] }),
  };
}
