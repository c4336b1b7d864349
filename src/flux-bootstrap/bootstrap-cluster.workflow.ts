import type { DurableContext } from '@aws/durable-execution-sdk-js';
import { endingOf, retryStrategy, secondsIn } from '../operations/durable-steps.ts';
import type { Ending } from '../operations/end-operation.ts';
import type { StepResult } from '../operations/run-step.ts';
import type { BootstrapSteps } from './bootstrap-cluster.steps.ts';
import type { Reconciled } from './await-reconciled.ts';
import type { WrittenFile } from './managed-files.ts';

/**
 * Bootstraps Flux on a cluster (design §6). Nothing but durable operations in their order: the commit, the apply and
 * the key go side by side, since each is useful without the others and the sync comes last.
 */
export async function bootstrapCluster(
  context: DurableContext,
  steps: BootstrapSteps,
  operationId: string,
): Promise<void> {
  const begun = await context.step('begin-operation', () => steps.begin(operationId), { retryStrategy });
  if (begun.kind === 'stopped') return;
  const ending = await runBootstrap(context, steps, operationId);
  await context.step('end-operation', () => steps.end(operationId, ending), { retryStrategy });
}

async function runBootstrap(context: DurableContext, steps: BootstrapSteps, operationId: string): Promise<Ending> {
  const run = <T>(name: string, body: (attempt: { operationId: string; attempt: number }) => Promise<StepResult<T>>) =>
    context.step(name, ({ attempt }) => body({ operationId, attempt }), { retryStrategy });

  const preflight = await run('preflight', steps.preflight);
  if (preflight.kind !== 'done') return endingOf(preflight);

  const [committed, installed] = await Promise.all([
    run('commit-manifests', steps.commitManifests),
    install(run, steps),
  ]);
  if (committed.kind !== 'done') return endingOf(committed);
  if (installed.kind !== 'done') return endingOf(installed);

  const synced = await run('apply-sync', steps.applySync);
  if (synced.kind !== 'done') return endingOf(synced);

  const reconciled = await reconcile(context, steps, { operationId, files: committed.value.files });
  if (reconciled.kind !== 'done') return endingOf(reconciled);

  const result = {
    incarnation: preflight.value.incarnation,
    revision: reconciled.value.revision,
    fingerprint: installed.value.fingerprint,
  };
  return endingOf(await run('record', (attempt) => steps.record({ ...attempt, result })));
}

type Run = <T>(
  name: string,
  body: (attempt: { operationId: string; attempt: number }) => Promise<StepResult<T>>,
) => Promise<StepResult<T>>;

/** The key needs the namespace; the controllers need the CRDs. */
async function install(run: Run, steps: BootstrapSteps): Promise<StepResult<{ readonly fingerprint: string }>> {
  const definitions = await run('apply-namespace-and-crds', steps.applyNamespaceAndCrds);
  if (definitions.kind !== 'done') return definitions;
  const { isApplying } = definitions.value;
  const [components, key] = await Promise.all([
    run('apply-components', (attempt) => steps.applyComponents({ ...attempt, isApplying })),
    run('provision-deploy-key', steps.provisionDeployKey),
  ]);
  return components.kind === 'done' ? key : components;
}

interface ReconcileState {
  /** Looks so far; a step's attempt counts from 1. */
  readonly looks: number;
  readonly result: StepResult<Reconciled>;
  /** When the other side asked us to come back. */
  readonly askedSeconds?: number;
}

async function reconcile(
  context: DurableContext,
  steps: BootstrapSteps,
  { operationId, files }: { readonly operationId: string; readonly files: readonly WrittenFile[] },
): Promise<StepResult<Reconciled>> {
  const initialState: ReconcileState = { looks: 0, result: { kind: 'waiting' } };
  const state = await context.waitForCondition(
    'await-reconciled',
    async ({ looks }: ReconcileState): Promise<ReconcileState> => {
      const seen = await orWaiting(steps.awaitReconciled({ operationId, attempt: looks + 1, files }), looks);
      return { looks: looks + 1, ...seen };
    },
    {
      initialState,
      // The step itself watches for most of a minute and knows when its time is over.
      waitStrategy: ({ result, looks, askedSeconds = 0 }) =>
        result.kind === 'waiting'
          ? { shouldContinue: true, delay: { seconds: Math.max(askedSeconds, Math.min(5 * looks, 30)) } }
          : { shouldContinue: false },
    },
  );
  return state.result;
}

/** Many more than fit into the step's own patience. */
const maxLooks = 100;

/** What is thrown in a check ends the whole execution, so an error (of our own table, say) becomes one more look. */
async function orWaiting(
  look: Promise<StepResult<Reconciled>>,
  looks: number,
): Promise<Pick<ReconcileState, 'result' | 'askedSeconds'>> {
  try {
    return { result: await look };
  } catch (error) {
    if (looks >= maxLooks) throw error;
    const askedSeconds = error instanceof Error ? secondsIn(error, 'postponedSeconds') : undefined;
    return { result: { kind: 'waiting' }, ...(askedSeconds === undefined ? {} : { askedSeconds }) };
  }
}
