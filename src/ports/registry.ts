import type { AccountRecord } from '../accounts/account.ts';
import type { ClusterObservation, ClusterRecord, ClusterResult, ClusterRuntime } from '../clusters/cluster.ts';
import type { CustomerRecord } from '../customers/customer.ts';
import type { EcrGrantRecord } from '../ecr-access/ecr-grant.ts';
import type { FinishedOperation, Leaving } from '../operations/leavings.ts';
import type { OperationSubject } from '../operations/operation.ts';
import type { Slice, SliceRequest } from '../registry/page.ts';
import type { Place, RecordChange } from '../registry/place.ts';

/** `changed`: the item is no longer (or not yet) at the expected version; nothing was written. */
export type WriteOutcome = { readonly kind: 'written' | 'changed' };

export type ClaimOutcome =
  | { readonly kind: 'claimed' }
  | { readonly kind: 'held'; readonly operationId: string }
  | { readonly kind: 'no-such-cluster' };

export type RetireOutcome =
  | { readonly kind: 'retired' }
  | { readonly kind: 'held'; readonly operationId: string }
  | { readonly kind: 'not-empty'; readonly leavings: readonly Leaving[] };

export type UniqueOutcome =
  | { readonly kind: 'mine' }
  | { readonly kind: 'taken'; readonly owner: string; readonly takenAt: string };

/** What a request about one customer depends on. */
export interface Scope {
  readonly customer: string;
  readonly accountId?: string | undefined;
  /** Read with its runtime. */
  readonly cluster?: string | undefined;
  readonly grant?: string | undefined;
}

/** A place is at version 0 where the scope did not ask for it. */
export interface Found {
  readonly customer: Place<CustomerRecord>;
  readonly account: Place<AccountRecord>;
  readonly cluster: Place<ClusterRecord>;
  readonly runtime: ClusterRuntime | undefined;
  readonly grant: Place<EcrGrantRecord>;
}

/** A customer with all that is registered under it and not deleted, and what is known of clusters, forgotten or not. */
export interface Family {
  readonly customer: Place<CustomerRecord>;
  readonly accounts: readonly Place<AccountRecord>[];
  readonly clusters: readonly Place<ClusterRecord>[];
  readonly runtimes: readonly ClusterRuntime[];
  readonly grants: readonly Place<EcrGrantRecord>[];
}

export interface ListedCluster {
  readonly record: ClusterRecord;
  readonly runtime: ClusterRuntime | undefined;
}

interface ClusterHolder {
  readonly customer: string;
  readonly cluster: string;
  readonly operationId: string;
}

/** What is known of a subject's operations. */
export type Holding = Pick<ClusterRuntime, 'claimedBy' | 'lastOperation'>;

/** An operation with what it has, or wants, for itself. */
export type Holder = OperationSubject & { readonly customer: string; readonly operationId: string };

interface RetiredRuntime {
  readonly customer: string;
  readonly cluster: string;
  readonly version: number;
  readonly abandon: boolean;
}

interface EndedHolder {
  readonly id: string;
  /** Absent: nobody knows what became of it. */
  readonly finished?: FinishedOperation | undefined;
}

/**
 * Customers, accounts, clusters and ECR grants in the table; each method is one conditional write or one read. A record is written
 * on top of `version - 1` (version 1: there must never have been one), with the id of the event that tells of it.
 */
export interface Registry {
  /** All of it at once; strongly consistent, each item for itself. */
  read(scope: Scope): Promise<Found>;
  readFamily(customer: string): Promise<Family>;
  getCustomer(customer: string): Promise<CustomerRecord | undefined>;
  getCluster(customer: string, cluster: string): Promise<ClusterRecord | undefined>;
  putCustomer(record: CustomerRecord, changedBy: string): Promise<WriteOutcome>;
  putAccount(record: AccountRecord, changedBy: string): Promise<WriteOutcome>;
  putCluster(record: ClusterRecord, changedBy: string): Promise<WriteOutcome>;
  putEcrGrant(record: EcrGrantRecord, changedBy: string): Promise<WriteOutcome>;
  deleteCustomer(customer: string, change: RecordChange): Promise<WriteOutcome>;
  deleteAccount(customer: string, accountId: string, change: RecordChange): Promise<WriteOutcome>;
  deleteCluster(customer: string, cluster: string, change: RecordChange): Promise<WriteOutcome>;
  deleteEcrGrant(customer: string, grant: string, change: RecordChange): Promise<WriteOutcome>;
  /** Over the whole fleet: what was made or deleted in the last moment may not show yet. */
  listCustomers(request: SliceRequest): Promise<Slice<CustomerRecord>>;
  listAccounts(customer: string, request: SliceRequest): Promise<Slice<AccountRecord>>;
  listClusters(customer: string, request: SliceRequest): Promise<Slice<ListedCluster>>;
  /** Withdrawn and expired ones included. */
  listEcrGrants(customer: string, request: SliceRequest): Promise<Slice<EcrGrantRecord>>;
  /** Like `listCustomers`; ordered by customer, then by id. */
  listAllClusters(request: SliceRequest): Promise<Slice<ListedCluster>>;

  getRuntime(customer: string, cluster: string): Promise<ClusterRuntime | undefined>;
  /** Those of forgotten clusters as well: they tell what may still read a repository. */
  listRuntimes(customer: string): Promise<readonly ClusterRuntime[]>;
  /**
   * There already is success, and what is there stays, unless it was retired with a cluster that is gone: then it begins
   * anew. `version` is that at which the cluster's record was found.
   */
  createRuntime(customer: string, cluster: string, version: number): Promise<void>;
  /**
   * Takes its subject for an operation if it is free, mine, or held by `instead`, which has ended or is no more. A cluster
   * must be there; anything else can be claimed before it is.
   */
  claim(holder: Holder & { readonly instead?: EndedHolder | undefined }): Promise<ClaimOutcome>;
  /** Frees the subject if the operation holds it, and keeps what the operation came to, if it came to anything. */
  release(holder: Holder & { readonly finished?: FinishedOperation | undefined }): Promise<void>;
  /** Who has a grant or a registry for itself, and what was done there last. */
  getHolding(customer: string, subject: OperationSubject): Promise<Holding>;
  /** Keeps the operation's result if it still holds the cluster. */
  recordResult(holder: ClusterHolder, result: ClusterResult): Promise<WriteOutcome>;
  /** Keeps what was seen of a cluster that exists. */
  recordObservation(customer: string, cluster: string, observation: ClusterObservation): Promise<void>;
  /** The cluster's record stands at this version: takes back what was retired for one before it. */
  reinstate(customer: string, cluster: string, version: number): Promise<void>;
  /**
   * From here on nothing can claim it. Only if it is free and, unless `abandon`, nothing was left in it. `version` is
   * that of the record that is to go; retired for a later one already is success.
   */
  retire(runtime: RetiredRuntime): Promise<RetireOutcome>;

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
  /** The digest that is kept; `undefined` when the version was never used. */
  findDigest(name: string): Promise<string | undefined>;
}
