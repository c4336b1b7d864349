import type { DurableContext } from '@aws/durable-execution-sdk-js';
import { endingOf, retryStrategy, secondsIn } from '../operations/durable-steps.ts';
import type { Ending } from '../operations/end-operation.ts';
import type { StepResult } from '../operations/run-step.ts';
import { firstTargets } from './repository-targets.ts';
import type { TargetCursor } from './repository-targets.ts';
import { emptyTally } from './write-policies.ts';
import type { PolicyProgress, PolicyTally } from './write-policies.ts';
import type { EcrSteps } from './write-ecr-policies.steps.ts';

/**
 * Brings the policies of repositories to what the grants say (design §7): for one grant that was declared or withdrawn,
 * for all of a registry, or for one repository whose earlier policy is to be had again.
 */
export async function writeEcrPolicies(context: DurableContext, steps: EcrSteps, operationId: string): Promise<void> {
  const begun = await context.step('begin-operation', () => steps.begin(operationId), { retryStrategy });
  if (begun.kind === 'stopped') return;
  const ending = await runPolicies(context, steps, operationId);
  await context.step('end-operation', () => steps.end(operationId, ending), { retryStrategy });
}

async function runPolicies(context: DurableContext, steps: EcrSteps, operationId: string): Promise<Ending> {
  const preflight = await context.step('preflight', ({ attempt }) => steps.preflight({ operationId, attempt }), {
    retryStrategy,
  });
  if (preflight.kind !== 'done') return endingOf(preflight);

  const written = await visitAll(context, steps, operationId);
  if (written.kind !== 'done') return endingOf(written);

  const { tally } = written.value;
  return endingOf(
    await context.step('record', ({ attempt }) => steps.record({ operationId, attempt, tally }), { retryStrategy }),
  );
}

interface VisitState {
  /** Visits that failed in a row, and the error's own wish for a pause. */
  readonly failures: number;
  readonly askedSeconds?: number | undefined;
  readonly cursor: TargetCursor;
  readonly tally: PolicyTally;
  /** Absent while there is more to visit. */
  readonly result?: StepResult<PolicyProgress>;
}

/** Stretch by stretch: a registry may have tens of thousands of repositories, and each stretch is kept. */
async function visitAll(
  context: DurableContext,
  steps: EcrSteps,
  operationId: string,
): Promise<StepResult<PolicyProgress>> {
  const initialState: VisitState = { failures: 0, cursor: firstTargets, tally: emptyTally };
  const state = await context.waitForCondition(
    'write-policies',
    (before: VisitState) => visit(steps, operationId, before),
    {
      initialState,
      waitStrategy: ({ result, failures, askedSeconds = 0 }) =>
        result === undefined
          ? { shouldContinue: true, delay: { seconds: Math.max(askedSeconds, Math.min(2 ** failures, 30)) } }
          : { shouldContinue: false },
    },
  );
  return state.result ?? { kind: 'stopped' };
}

/** What is thrown in a check ends the whole execution, so an error becomes one more visit; the step counts them. */
async function visit(steps: EcrSteps, operationId: string, before: VisitState): Promise<VisitState> {
  const { cursor, tally, failures } = before;
  try {
    const result = await steps.writePolicies({ operationId, attempt: failures + 1, cursor, tally });
    if (result.kind !== 'done' || result.value.next === undefined) return { ...before, result };
    return { failures: 0, cursor: result.value.next, tally: result.value.tally };
  } catch (error) {
    if (failures >= mostFailures) throw error;
    const askedSeconds = error instanceof Error ? secondsIn(error, 'retryAfterSeconds') : undefined;
    return { ...before, failures: failures + 1, askedSeconds };
  }
}

/** Many more than the step takes before it fails by itself; only our own table being away comes here. */
const mostFailures = 60;
