import type { EcrGrantRecord, EcrRegistry } from '../ecr-access/ecr-grant.ts';
import type { Slice, SliceRequest } from '../registry/page.ts';

export interface EcrRegistryPlace {
  readonly customer: string;
  readonly registry: EcrRegistry;
}

export interface EcrRepositoryAddress extends EcrRegistryPlace {
  readonly repository: string;
}

/** What became of a grant at one repository. */
export interface EcrGrantResult {
  readonly state: 'APPLIED' | 'MISSING' | 'REFUSED' | 'DRIFTED';
  /** Of `REFUSED`: a code and what it was about. */
  readonly code?: string | undefined;
  /** Its first 300 characters are kept. */
  readonly detail?: string | undefined;
  readonly at: string;
}

/** What we know of a repository that a grant is, was or may be applied to. */
export interface EcrRepositoryRecord extends EcrRepositoryAddress {
  /** Ids of the grants whose rights its policy holds, or may hold. */
  readonly grants: readonly string[];
  readonly results: Readonly<Partial<Record<string, EcrGrantResult>>>;
  /** Hash of the whole document, canonical, as we left it or last found it in order. */
  readonly documentHash?: string | undefined;
  /** The operation that was last done with it. */
  readonly doneBy?: string | undefined;
}

/** Who writes to a repository's policy now: `token` is new with each attempt, so that a late one loses its hold. */
export interface EcrLease {
  readonly operationId: string;
  readonly token: string;
}

export type LeaseOutcome =
  | { readonly kind: 'leased'; readonly record: EcrRepositoryRecord }
  | { readonly kind: 'held'; readonly operationId: string };

/** The document before one of our writes. */
export interface EcrPolicyVersion extends EcrRepositoryAddress {
  /** Sorts by time. */
  readonly id: string;
  readonly at: string;
  readonly operationId: string;
  /** Absent: the repository had no policy. */
  readonly text?: string | undefined;
}

/** Why nothing of a registry could be looked at, and since when. */
export interface UnseenRegistry {
  readonly since: string;
  readonly code: string;
  readonly detail: string;
}

/** The repositories that grants are applied to; each method is one conditional write or one read. */
export interface EcrRepositoryStore {
  /** Every grant of the customer on the registry, withdrawn and expired ones included; strongly consistent. */
  listGrants(customer: string, registry: EcrRegistry): Promise<readonly EcrGrantRecord[]>;
  /** Every registry of the fleet that a grant is for; one that was granted in the last moment may not show yet. */
  listRegistries(): Promise<readonly EcrRegistryPlace[]>;
  /** Of the last look at the registry; absent: it was seen, or nobody has looked yet. */
  getUnseen(place: EcrRegistryPlace): Promise<UnseenRegistry | undefined>;
  /** Of one that was unseen before, `since` stays. */
  keepUnseen(place: EcrRegistryPlace, unseen: UnseenRegistry): Promise<void>;
  forgetUnseen(place: EcrRegistryPlace): Promise<void>;
  get(address: EcrRepositoryAddress): Promise<EcrRepositoryRecord | undefined>;
  /** In the order of their names; `grant`: only those whose policy holds or may hold it, or that have a result of it. */
  list(
    place: EcrRegistryPlace & { readonly grant?: string | undefined },
    request: SliceRequest,
  ): Promise<Slice<EcrRepositoryRecord>>;
  /**
   * Takes the repository if it is free, mine (the earlier token is void then), or held by `instead`, which has ended.
   * `held` by the very operation that asks: a later attempt of its own has the repository.
   */
  lease(address: EcrRepositoryAddress, lease: EcrLease, instead?: string): Promise<LeaseOutcome>;
  /** Before the policy is written: adds to `grants` what it is about to hold. False: the lease is no longer mine. */
  announce(address: EcrRepositoryAddress, lease: EcrLease, grants: readonly string[]): Promise<boolean>;
  /** Shows of what was `APPLIED` that somebody took it out, unless somebody is at work there, or was meanwhile. */
  showDrift(record: EcrRepositoryRecord, at: string): Promise<void>;
  /**
   * Keeps what the work came to, in place of all that was kept before, and lets go. False: the lease is no longer mine,
   * and nothing was written; true as well when it was let go of already, with this very token.
   */
  release(
    address: EcrRepositoryAddress,
    lease: EcrLease,
    done: Pick<EcrRepositoryRecord, 'grants' | 'results' | 'documentHash'>,
  ): Promise<boolean>;
  /** Lets go and leaves what is kept as it is: nothing was done. No longer mine is success. */
  letGo(address: EcrRepositoryAddress, lease: EcrLease): Promise<void>;
  /** Kept for 90 days. Kept already is success. */
  keepVersion(version: EcrPolicyVersion): Promise<void>;
  getVersion(address: EcrRepositoryAddress, id: string): Promise<EcrPolicyVersion | undefined>;
  /** The newest first. */
  listVersions(address: EcrRepositoryAddress, request: SliceRequest): Promise<Slice<EcrPolicyVersion>>;
}
