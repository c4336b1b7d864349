import type {
  CancelRequest,
  Operation,
  OperationFailure,
  OperationState,
  OperationStep,
} from '../operations/operation.ts';
import type { Slice, SliceRequest } from '../registry/page.ts';

/** `state` is what the operation was found in when the transition could not be made; absent: no such operation. */
export type Transition = { readonly kind: 'made' } | { readonly kind: 'refused'; readonly state?: OperationState };

export interface OperationEnd {
  readonly state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'REJECTED';
  readonly at: string;
  readonly failure?: OperationFailure | undefined;
  readonly joined?: string | undefined;
}

export interface SavedStep extends Pick<OperationStep, 'state' | 'attempt' | 'evidence' | 'lastProblem' | 'postponed'> {
  readonly at: string;
}

/** Operations in the table; each method is one conditional write or one read. */
export interface OperationStore {
  get(id: string): Promise<Operation | undefined>;
  /** `exists`: there is one with this id already; nothing was written. */
  putIfAbsent(operation: Operation): Promise<{ readonly kind: 'written' | 'exists' }>;
  /**
   * Says of a `PENDING` one that it has its cluster and is about to be started: from here on it cannot be rejected. Said
   * already is success, and counted.
   */
  markAccepted(id: string, at: string): Promise<Transition>;
  /** `PENDING` → `RUNNING`; running already is success. */
  markRunning(id: string, at: string): Promise<Transition>;
  /** Begins an attempt of a step if the operation is `RUNNING`. */
  beginStep(id: string, step: { name: string; attempt: number; at: string }): Promise<Transition>;
  /** Saves where a step stands and renews the heartbeat, unless the operation has ended. */
  saveStep(id: string, name: string, step: SavedStep): Promise<Transition>;
  /** To `CANCELLING`, unless it is that already or has ended. */
  requestCancel(id: string, request: CancelRequest): Promise<Transition>;
  /** Moves to a terminal state from one of `from`; to `REJECTED` only what was not accepted. */
  end(id: string, from: readonly OperationState[], end: OperationEnd): Promise<Transition>;
  /** Nothing is left to do for an operation that has ended; it is no longer listed as open. */
  close(id: string): Promise<void>;
  /** Ids of operations that have not ended, or whose end is not finished, oldest first. */
  listOpen(limit: number): Promise<readonly string[]>;
  /** Of one customer, the newest first; what was accepted in the last moment may not show yet. */
  list(customer: string, request: SliceRequest): Promise<Slice<Operation>>;
  listAll(request: SliceRequest): Promise<Slice<Operation>>;
}
