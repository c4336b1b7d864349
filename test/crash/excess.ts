/** I7: whatever goes wrong costs a few calls more than a run in which nothing does, and no more than those. */
import type { RunRecord } from './crash-run.ts';

const mostInvocations = 60;

/**
 * Calls more than in a calm run for each life that ends and each connection that breaks, of each customer. A calm
 * bootstrap makes 181, a repair 140, a grant 62. A fault in one step has the step begin anew, with its bookkeeping, a way into the
 * cluster and what it asks first; the end of a life does so for two steps that run side by side: 49 calls were seen at
 * most, and 30 after a broken connection; 57 where two callers had begun the operation, and both came back.
 */
const mostCallsMore = 80;
/** Where customers or callers meet, who comes first decides about a look or a question more. */
const chance = 10;

export function excess({ world, calls, calmCalls, points, scenario }: RunRecord): readonly string[] {
  const many = world.executions.records().filter(({ invocations }) => invocations > mostInvocations);
  const budget = calmCalls.length + chance + mostCallsMore * points.length * scenario.tenants.length;
  return [
    ...many.map(({ executionName, invocations }) => `${invocations} invocations of ${executionName}`),
    ...(calls.length > budget ? [`${calls.length} calls, where ${budget} should do`] : []),
    ...(points.length === 1 && points[0]?.endsWith(' lost') ? readAgain(calls, calmCalls) : []),
  ];
}

/** Two things under one name: the tree of our folder, and the whole tree that a commit builds upon. */
const thingsUnderOneName: Readonly<Record<string, number>> = { 'github GET /repos/{repository}/git/trees/{sha}': 2 };

/** How many calls more than in a calm run were made, for each fault and customer. */
export function callsMoreEach({ calls, calmCalls, points, scenario }: RunRecord): number {
  return (calls.length - calmCalls.length) / Math.max(1, points.length * scenario.tenants.length);
}

/** After a lost answer, each thing outside is asked for once more at most. */
function readAgain(calls: readonly string[], calmCalls: readonly string[]): readonly string[] {
  const calm = countsOf(calmCalls);
  return [...countsOf(calls)]
    .filter(([name, count]) => isReading(name) && count > (calm.get(name) ?? 0) + (thingsUnderOneName[name] ?? 1))
    .map(([name, count]) => `${name} ${count} times, where ${calm.get(name) ?? 0} do in a calm run`);
}

/** Of what is not ours: our own table is asked about the operation whenever a step begins. */
function isReading(name: string): boolean {
  return /^(github|eks|kubernetes) (GET|WATCH) |^ecr (Get|Describe)/.test(name);
}

function countsOf(calls: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const call of calls) {
    const name = call.replace(/#\d+$/, '');
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
