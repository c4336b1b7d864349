/** What an operation's execution is doing, as its engine knows it. */
export type ExecutionState = 'running' | 'succeeded' | 'failed' | 'stopped' | 'timed-out' | 'unknown';

/** Runs durable workflows. Failures are `OutsideCallError`s with `workflow-engine`. */
export interface WorkflowEngine {
  /** Starts the execution named after the operation; one that is there already is left: twice is once. */
  start(execution: { workflow: WorkflowName; operationId: string }, signal: AbortSignal): Promise<void>;
  describe(execution: { workflow: WorkflowName; operationId: string }, signal: AbortSignal): Promise<ExecutionState>;
}

export type WorkflowName = 'bootstrap-cluster' | 'write-ecr-policies';
