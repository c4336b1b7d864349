/** Whether a run of schemathesis proves anything; pure. */
import type { Statuses, Tally } from './tally.ts';

export interface RunEnd {
  /** `undefined`: it had to be ended. */
  readonly exitCode: number | undefined;
  readonly tally: Tally;
  readonly leastCases: number;
}

/**
 * What only works on a former policy of a repository: nothing that strangers can do keeps one, and no id of one can be made
 * up. Its successes are in test/routes and test/ecr-access.
 */
const unreachable: ReadonlySet<string> = new Set([
  'POST /v1/customers/{customer}/ecr-registries/{account}/{region}/policy-history/{version}/restore',
]);

/** Everything that speaks against the run; empty: it passed. */
export function faultsOf({ exitCode, tally, leastCases }: RunEnd): readonly string[] {
  const faults: string[] = [];
  if (exitCode === undefined) faults.push('schemathesis did not end by itself in time');
  else if (exitCode !== 0) faults.push(`schemathesis found something, or could not run (exit code ${exitCode})`);
  const cases = casesOf(tally);
  if (cases < leastCases) faults.push(`${cases} cases are fewer than ${leastCases}`);
  for (const [operation, statuses] of Object.entries(tally.operations)) {
    const isCalled = Object.keys(statuses).length > 0;
    const hasSuccess = Object.keys(statuses).some((status) => status.startsWith('2'));
    if (!hasSuccess && !(isCalled && unreachable.has(operation))) faults.push(`${operation}: no 2xx`);
  }
  for (const [operation, statuses] of rowsOf(tally)) {
    const failed = Object.keys(statuses).filter((status) => status.startsWith('5') || status === 'none');
    if (failed.length > 0) faults.push(`${operation}: ${failed.join(', ')}`);
  }
  return faults;
}

export function casesOf(tally: Tally): number {
  return rowsOf(tally).reduce((sum, [, statuses]) => sum + total(statuses), 0);
}

function rowsOf({ operations, otherMethods }: Tally): readonly (readonly [string, Statuses])[] {
  return [...Object.entries(operations), ['other methods', otherMethods]];
}

function total(statuses: Statuses): number {
  return Object.values(statuses).reduce((sum, count) => sum + count, 0);
}

/** One line an operation: its cases, and how often each status was seen. */
export function describeTally(tally: Tally): string {
  const rows = rowsOf(tally);
  const width = Math.max(...rows.map(([operation]) => operation.length));
  const lines = rows.map(([operation, statuses]) => {
    const seen = Object.entries(statuses).toSorted(([one], [other]) => one.localeCompare(other));
    const counts = seen.map(([status, count]) => `${status}: ${count}`).join(', ');
    return `${operation.padEnd(width)} ${String(total(statuses)).padStart(6)}  ${counts}`;
  });
  return [...lines, `${'in all'.padEnd(width)} ${String(casesOf(tally)).padStart(6)}`].join('\n');
}
