import type { OperationSubject } from '../operations/operation.ts';
import type { ItemKey } from './fleet-table.ts';

/** Keys of the registry's items. All of one customer stands in one partition; names of the fleet have their own. */
export const registryKeys = {
  customer: (customer: string): ItemKey => ({ pk: `CUSTOMER#${customer}`, sk: 'CUSTOMER' }),
  account: (customer: string, account: string): ItemKey => ({ pk: `CUSTOMER#${customer}`, sk: `ACCOUNT#${account}` }),
  cluster: (customer: string, cluster: string): ItemKey => ({ pk: `CUSTOMER#${customer}`, sk: `CLUSTER#${cluster}` }),
  runtime: (customer: string, cluster: string): ItemKey => ({ pk: `CUSTOMER#${customer}`, sk: `RUNTIME#${cluster}` }),
  /** Who works on it, and what was last done. */
  subject(customer: string, subject: OperationSubject): ItemKey {
    if ('cluster' in subject) return registryKeys.runtime(customer, subject.cluster);
    const sk = 'grant' in subject ? `GRANTRUNTIME#${subject.grant}` : `REGISTRYRUNTIME#${subject.registry}`;
    return { pk: `CUSTOMER#${customer}`, sk };
  },
  grant: (customer: string, grant: string): ItemKey => ({ pk: `CUSTOMER#${customer}`, sk: `ECRGRANT#${grant}` }),
  unique: (name: string): ItemKey => ({ pk: `UNIQUE#${name}`, sk: 'UNIQUE' }),
  digest: (name: string): ItemKey => ({ pk: `DIGEST#${name}`, sk: 'DIGEST' }),
};

/** Items of one customer, deleted ones included; far above what an AWS account can hold. */
export const mostOfCustomer = 50_000;
