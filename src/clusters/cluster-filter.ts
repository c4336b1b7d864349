import type { ListedCluster } from '../ports/registry.ts';
import { clusterState } from './cluster.ts';
import type { ClusterState } from './cluster.ts';

export interface ClusterFilter {
  readonly environment?: string | undefined;
  readonly region?: string | undefined;
  readonly accountId?: string | undefined;
  readonly eksName?: string | undefined;
  readonly status?: ClusterState | undefined;
  /** The version that is declared. */
  readonly fluxVersion?: string | undefined;
  /** All of them must fit. */
  readonly labels?: readonly (readonly [key: string, value: string])[] | undefined;
}

export interface ClusterFilterQuery extends Omit<ClusterFilter, 'labels'> {
  readonly status?: ClusterState | undefined;
  /** `key=value`, once or several times. */
  readonly label?: string | readonly string[] | undefined;
}

/** The filter that a query asks for. */
export function clusterFilterOf(query: ClusterFilterQuery): ClusterFilter {
  const { environment, region, accountId, eksName, status, fluxVersion, label = [] } = query;
  const pairs = [label].flat().map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
  const labels = pairs.length === 0 ? undefined : pairs;
  return { environment, region, accountId, eksName, status, fluxVersion, labels };
}

/** True when the cluster fits all that the filter asks for. */
export function fitsFilter({ record, runtime }: ListedCluster, filter: ClusterFilter): boolean {
  const { status, fluxVersion, labels = [], ...fields } = filter;
  const { spec } = record;
  return (
    (['environment', 'region', 'accountId', 'eksName'] as const).every(
      (name) => fields[name] === undefined || fields[name] === spec[name],
    ) &&
    (status === undefined || status === clusterState({ record, runtime })) &&
    (fluxVersion === undefined || fluxVersion === spec.flux.version) &&
    labels.every(([key, value]) => spec.labels?.[key] === value)
  );
}
