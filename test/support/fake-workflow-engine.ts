import type { ExecutionState, WorkflowEngine } from '../../src/ports/workflow-engine.ts';

/** An engine that runs nothing: it knows what was started, and says of it what the test says. */
export interface FakeWorkflowEngine extends WorkflowEngine {
  readonly started: Set<string>;
  readonly states: Map<string, ExecutionState>;
}

export function fakeWorkflowEngine(): FakeWorkflowEngine {
  const started = new Set<string>();
  const states = new Map<string, ExecutionState>();
  return {
    started,
    states,
    async start({ operationId }) {
      started.add(operationId);
    },
    describe: async ({ operationId }) => states.get(operationId) ?? (started.has(operationId) ? 'running' : 'unknown'),
  };
}
