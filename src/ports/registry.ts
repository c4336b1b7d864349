import type { AccountRecord } from '../accounts/account.ts';
import type { ClusterRecord, ClusterRuntime, ClusterResult } from '../clusters/cluster.ts';
import type { CustomerRecord } from '../customers/customer.ts';

/** `changed`: the item is no longer (or not yet) at the expected version; nothing was written. */
export type WriteOutcome = { readonly kind: 'written' | 'changed' };

export type ClaimOutcome =
  | { readonly kind: 'claimed' }
  | { readonly kind: 'held'; readonly operationId: string }
  | { readonly kind: 'no-such-cluster' };

export type UniqueOutcome =
  | { readonly kind: 'mine' }
  | { readonly kind: 'taken'; readonly owner: string; readonly takenAt: string };

/**
 * Customers, accounts and clusters in the table; each method is one conditional write or one read. A record is
 * written on top of `version - 1`; version 1 means that there must be none yet.
 */
export interface Registry {
  getCustomer(customer: string): Promise<CustomerRecord | undefined>;
  putCustomer(record: CustomerRecord): Promise<WriteOutcome>;
  getAccount(customer: string, accountId: string): Promise<AccountRecord | undefined>;
  putAccount(record: AccountRecord): Promise<WriteOutcome>;
  getCluster(customer: string, cluster: string): Promise<ClusterRecord | undefined>;
  putCluster(record: ClusterRecord): Promise<WriteOutcome>;
  /** Ids of the customer's clusters, in their order. */
  listClusterIds(customer: string): Promise<readonly string[]>;

  getRuntime(customer: string, cluster: string): Promise<ClusterRuntime | undefined>;
  /** There already is success; what is there stays. */
  createRuntime(customer: string, cluster: string): Promise<void>;
  /** Takes the cluster for an operation if it is free, mine, or held by `instead` (which has ended). */
  claim(runtime: { customer: string; cluster: string; operationId: string; instead?: string }): Promise<ClaimOutcome>;
  /** Frees the cluster if the operation holds it. */
  release(runtime: { customer: string; cluster: string; operationId: string }): Promise<void>;
  /** Keeps the operation's result if it still holds the cluster. */
  recordResult(
    runtime: { customer: string; cluster: string; operationId: string },
    result: ClusterResult,
  ): Promise<WriteOutcome>;

  /** Takes a name that one owner in the whole fleet may have; `instead` takes it over from that stale owner. */
  takeUnique(
    name: string,
    owner: string,
    at: { now: string; instead?: { owner: string; takenAt: string } },
  ): Promise<UniqueOutcome>;
  /** Frees the name if the owner has it and has not taken it again since this moment (RFC 3339). */
  freeUnique(name: string, owner: string, since: string): Promise<void>;
  /** Keeps the digest that a version has; the answer is the one that counts (the first ever kept). */
  keepDigest(name: string, digest: string): Promise<string>;
}
