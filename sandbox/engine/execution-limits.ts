export interface ExecutionLimits {
  /** After this long, an invocation counts as dead and a new one takes its place. */
  readonly invocationTimeoutSeconds: number;
  /** Invocations that may throw without progress in between; with the last of them the execution fails. */
  readonly failedInvocations: number;
  /** Between an invocation that threw and the next; doubles with each that throws. */
  readonly firstBackoffSeconds: number;
  readonly longestBackoffSeconds: number;
  /** Operations in an invocation's input and in a page of its state. */
  readonly pageSize: number;
}

export const defaultLimits: ExecutionLimits = {
  invocationTimeoutSeconds: 900,
  failedInvocations: 10,
  firstBackoffSeconds: 1,
  longestBackoffSeconds: 60,
  pageSize: 1000,
};
