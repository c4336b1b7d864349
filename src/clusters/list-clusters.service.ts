import type { ListedCluster, Registry } from '../ports/registry.ts';
import { noCustomer } from '../customers/customer.service.ts';
import { readPage } from '../registry/page.ts';
import type { Page } from '../registry/page.ts';
import { fitsFilter } from './cluster-filter.ts';
import type { ClusterFilter } from './cluster-filter.ts';

export interface ClusterQuery {
  /** Absent: the whole fleet. */
  readonly customer?: string | undefined;
  readonly filter: ClusterFilter;
  readonly size: number;
  readonly after?: string | undefined;
}

/** Clusters of a customer, or of the whole fleet, in the order of their ids. */
export async function listClusters(
  deps: { readonly registry: Registry },
  { customer, filter, size, after }: ClusterQuery,
): Promise<Page<ListedCluster>> {
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const page = { size, after, accepts: isFiltered ? (item: ListedCluster) => fitsFilter(item, filter) : undefined };
  if (customer === undefined) return readPage((request) => deps.registry.listAllClusters(request), page);
  if (!(await deps.registry.getCustomer(customer))) throw noCustomer(customer);
  return readPage((request) => deps.registry.listClusters(customer, request), page);
}
