/** The one infrastructure repository of a customer, at a configured Git host. */
export interface RepositorySpec {
  /** Name of a configured Git host, such as `github.com`. */
  readonly host: string;
  readonly owner: string;
  readonly name: string;
  readonly branch: string;
}

export const deliveries = ['auto', 'direct'] as const;
/** How changes reach the repository: `direct` commits to the branch; `auto` does so where its rules allow it. */
export type Delivery = (typeof deliveries)[number];

export interface CustomerSpec {
  readonly displayName: string;
  readonly repository: RepositorySpec;
  readonly delivery?: Delivery | undefined;
}

export interface CustomerRecord {
  readonly id: string;
  readonly spec: CustomerSpec;
  /** Made by us, once; never accepted from a body, never changed. */
  readonly externalId: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The name under which a repository is taken in the whole fleet. Git hosts do not tell upper from lower case here. */
export function repositoryUniqueName(repository: Pick<RepositorySpec, 'host' | 'owner' | 'name'>): string {
  return repositoryUniqueNameOf(`${repository.host}/${repository.owner}/${repository.name}`);
}

/** Of `host/owner/name`. */
export function repositoryUniqueNameOf(name: string): string {
  return `repository/${name}`.toLowerCase();
}

/** In lower case, which every host takes as well. */
export function repositoryOfUniqueName(uniqueName: string): Pick<RepositorySpec, 'host' | 'owner' | 'name'> {
  const [, host = '', owner = '', name = ''] = uniqueName.split('/');
  return { host, owner, name };
}

/** The spec with its defaults filled in. */
export function effectiveCustomer(spec: CustomerSpec): Required<CustomerSpec> {
  return { ...spec, delivery: spec.delivery ?? 'auto' };
}

/** From the API's root. */
export function customerPath(id: string): string {
  return `/v1/customers/${id}`;
}
