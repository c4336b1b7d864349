import { repositoryUniqueName, repositoryUniqueNameOf } from '../customers/customer.ts';
import type { BootstrapOperation, Operation } from './operation.ts';

/** What a bootstrap may have left outside our table; it stays there when a cluster is forgotten. */
export const leavings = ['access-entry', 'deploy-key', 'flux', 'repository-files'] as const;
export type Leaving = (typeof leavings)[number];

/** What an operation came to, as its cluster remembers it. */
export interface FinishedOperation {
  readonly id: string;
  readonly kind: Operation['kind'];
  readonly state: Operation['state'];
  readonly endedAt: string;
  readonly leavings: readonly Leaving[];
  /** Name in the fleet of the repository that the cluster may read since then. */
  readonly readsFrom?: string | undefined;
  /** Names of those that it read before and whose hosts did not answer: keys of ours may be left there. */
  readonly mayStillRead?: readonly string[] | undefined;
}

/** A step that was begun may have done its work, even if its answer was lost. */
const leavingOfStep: Readonly<Record<string, Leaving>> = {
  'commit-manifests': 'repository-files',
  'apply-namespace-and-crds': 'flux',
  'provision-deploy-key': 'deploy-key',
};

/** What is kept of an operation that has ended. One that was rejected never worked on the cluster. */
export function keptOf(operation: Operation): FinishedOperation | undefined {
  return operation.state === 'REJECTED' ? undefined : finishedOperation(operation);
}

/** Of an operation that has ended. */
export function finishedOperation(operation: Operation): FinishedOperation {
  const { id, kind, state, endedAt = operation.createdAt } = operation;
  const finished = { id, kind, state, endedAt };
  // What grants leave in policies is kept with the repositories.
  return kind === 'bootstrap-cluster' ? { ...finished, ...leftBy(operation) } : { ...finished, leavings: [] };
}

function leftBy(operation: BootstrapOperation): Pick<FinishedOperation, 'leavings' | 'readsFrom' | 'mayStillRead'> {
  const { steps, snapshot } = operation;
  const begun = (step: string) => (steps[step]?.attempt ?? 0) > 0;
  const left = Object.entries(leavingOfStep).flatMap(([step, leaving]) => (begun(step) ? [leaving] : []));
  const hasEntry = snapshot.access === 'managed' && (left.length > 0 || mayHaveMadeEntry(operation));
  const all: readonly Leaving[] = hasEntry ? ['access-entry', ...left] : left;
  const readsFrom = begun('apply-sync') ? repositoryUniqueName(snapshot.repository) : undefined;
  return { leavings: all.toSorted(), readsFrom, ...unanswered(operation) };
}

function unanswered({ steps }: BootstrapOperation): Pick<FinishedOperation, 'mayStillRead'> {
  const names: unknown = steps['record']?.evidence?.['unansweredRepositories'];
  if (!Array.isArray(names)) return {};
  return { mayStillRead: names.map((name) => repositoryUniqueNameOf(String(name))) };
}

/** Preflight makes the entry last; its evidence shows how far its last attempt came, and of any other nobody knows. */
function mayHaveMadeEntry({ steps }: BootstrapOperation): boolean {
  const { attempt = 0, evidence } = steps['preflight'] ?? {};
  const checks: unknown = evidence?.['checks'];
  if (attempt > 1 || !Array.isArray(checks)) return attempt > 0;
  return (checks as readonly { readonly name?: unknown; readonly result?: unknown }[]).some(
    ({ name, result }) => name === 'access-entry' && result === 'PASS',
  );
}
