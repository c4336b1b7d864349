import { beforeEach, describe, expect, it } from 'vitest';
import type { WorkflowEngine } from '../../src/ports/workflow-engine.ts';

/** An engine whose one workflow waits until the test says how it ends. */
export interface WorkflowWorld {
  readonly workflows: WorkflowEngine;
  /** Operation ids that the workflow was given so far, in order. */
  readonly given: readonly string[];
  /** Lets the execution end, and waits until it has. */
  end(operationId: string, how: 'succeeded' | 'failed' | 'stopped'): Promise<void>;
}

const workflow = 'bootstrap-cluster';

function signal(): AbortSignal {
  return AbortSignal.timeout(20_000);
}

/** What the engine of durable workflows promises (src/ports/workflow-engine.ts). */
export function workflowEngineContract(name: string, makeWorld: () => Promise<WorkflowWorld>): void {
  describe(`workflow engine: ${name}`, () => {
    let world: WorkflowWorld;
    beforeEach(async () => {
      world = await makeWorld();
    });

    it.each(['succeeded', 'failed', 'stopped'] as const)(
      'tells an execution from its start until it has %s',
      async (how) => {
        const key = { workflow, operationId: '01JV0000000000000000000000' } as const;

        const states = [await world.workflows.describe(key, signal())];
        await world.workflows.start(key, signal());
        states.push(await world.workflows.describe(key, signal()));
        await world.end(key.operationId, how);
        states.push(await world.workflows.describe(key, signal()));

        expect(states).toEqual(['unknown', 'running', how]);
        expect(world.given).toEqual([key.operationId]);
      },
    );

    it('starts once what is started twice, at one moment or after its end', async () => {
      const key = { workflow, operationId: '01JV0000000000000000000000' } as const;

      await Promise.all([world.workflows.start(key, signal()), world.workflows.start(key, signal())]);
      await world.end(key.operationId, 'succeeded');
      await world.workflows.start(key, signal());

      expect(await world.workflows.describe(key, signal())).toBe('succeeded');
      expect(world.given).toEqual([key.operationId]);
    });

    it('tells operations apart whose ids begin alike', async () => {
      const [one, other] = [
        { workflow, operationId: '01JV000000000000000000000' },
        { workflow, operationId: '01JV0000000000000000000001' },
      ] as const;
      await world.workflows.start(other, signal());
      await world.end(other.operationId, 'failed');

      expect(await world.workflows.describe(one, signal())).toBe('unknown');
      await world.workflows.start(one, signal());
      expect(await world.workflows.describe(one, signal())).toBe('running');
      expect(await world.workflows.describe(other, signal())).toBe('failed');
    });
  });
}
