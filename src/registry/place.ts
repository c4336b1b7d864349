/**
 * Where a record stands. Versions only ever grow: a deleted record leaves its version behind, so that a write that was
 * under way meanwhile cannot bring it back.
 */
export interface Place<T> {
  /** 0: there never was one. */
  readonly version: number;
  /** Id of the event that tells of the last change. */
  readonly changedBy?: string | undefined;
  /** Absent: never made, or deleted. */
  readonly record?: T | undefined;
}

/** One change of a record: the version that it makes, and the id of the event that tells of it. */
export interface RecordChange {
  /** On top of `version - 1`; version 1 means that there must never have been one. */
  readonly version: number;
  readonly changedBy: string;
}
