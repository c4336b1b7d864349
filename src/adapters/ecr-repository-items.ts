import type { EcrRegistry } from '../ecr-access/ecr-grant.ts';
import type { EcrRegistryPlace, EcrRepositoryAddress, EcrRepositoryRecord } from '../ports/ecr-repositories.ts';
import type { Item, ItemKey } from './fleet-table.ts';

/** Keys of what is kept of ECR repositories: all of one customer's in one partition, the policies of each in its own. */
export const ecrRepositoryKeys = {
  repository: ({ customer, registry, repository }: EcrRepositoryAddress): ItemKey => ({
    pk: `ECR#${customer}`,
    sk: `${registryPrefix(registry)}${repository}`,
  }),
  unseen: ({ customer, registry: { accountId, region } }: EcrRegistryPlace): ItemKey => ({
    pk: `ECR#${customer}`,
    sk: `UNSEEN#${accountId}#${region}`,
  }),
  policyVersion: ({ customer, registry, repository }: EcrRepositoryAddress, id: string): ItemKey => ({
    pk: `ECRPOLICY#${customer}#${registryPrefix(registry)}${repository}`,
    sk: id,
  }),
};

/** Of the sort keys of all repositories of a registry. No id, region or name of a repository has the sign in it. */
export function registryPrefix({ accountId, region }: EcrRegistry): string {
  return `${accountId}#${region}#`;
}

type Kept = Pick<EcrRepositoryRecord, 'documentHash' | 'doneBy'>;

export function recordOf(item: Item): EcrRepositoryRecord {
  const { pk: _pk, sk: _sk, leasedBy: _by, leaseToken: _token, doneToken: _done, grants, results, ...kept } = item;
  return {
    ...repositoryAddressOf(item),
    grants: grants instanceof Set ? [...(grants as ReadonlySet<string>)].toSorted() : [],
    // Written by this file alone, so their shapes are known.
    results: (results ?? {}) as EcrRepositoryRecord['results'],
    ...(kept as { [K in keyof Kept]: Kept[K] }),
  };
}

/** The repository that an item is of: its key says all of it. */
function repositoryAddressOf({ pk, sk }: Item): EcrRepositoryAddress {
  const [, customer = ''] = String(pk).split('#');
  const [accountId = '', region = '', repository = ''] = String(sk).split('#');
  return { customer, registry: { accountId, region }, repository };
}
