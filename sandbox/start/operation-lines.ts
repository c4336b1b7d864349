import * as z from 'zod';

export const operationSchema = z.object({
  id: z.string(),
  state: z.string(),
  createdAt: z.string(),
  endedAt: z.string().optional(),
  steps: z.array(
    z.object({
      name: z.string(),
      state: z.string(),
      attempt: z.number(),
      startedAt: z.string().optional(),
      endedAt: z.string().optional(),
      evidence: z.record(z.string(), z.unknown()).optional(),
      lastProblem: z.object({ code: z.string(), detail: z.string() }).optional(),
    }),
  ),
  failure: z
    .object({ step: z.string(), code: z.string(), detail: z.string(), remedies: z.array(z.string()) })
    .optional(),
});

export type ShownOperation = z.output<typeof operationSchema>;
type ShownStep = ShownOperation['steps'][number];

/** One line a step that has begun: its state, its time, and what proves it. */
export function operationLines({ steps }: ShownOperation): string[] {
  return steps.filter(({ startedAt }) => startedAt !== undefined).map(stepLine);
}

function stepLine(step: ShownStep): string {
  const time = step.endedAt === undefined ? '' : secondsBetween(step.startedAt, step.endedAt);
  const attempts = step.attempt > 1 ? `attempt ${step.attempt}; ` : '';
  const problem = step.endedAt === undefined && step.lastProblem ? step.lastProblem.detail : '';
  const text = `${attempts}${problem || evidenceWords(step)}`;
  return `  ${step.state.padEnd(9)} ${step.name.padEnd(25)} ${time.padStart(7)}  ${text}`.trimEnd();
}

export function secondsBetween(from: string | undefined, to: string | undefined): string {
  if (from === undefined || to === undefined) return '';
  return `${(Math.max(0, Date.parse(to) - Date.parse(from)) / 1000).toFixed(1)} s`;
}

const short = 12;

/** The evidence in a few words; the API has all of it. */
function evidenceWords({ evidence = {}, state, lastProblem }: ShownStep): string {
  if (state === 'FAILED' && lastProblem) return `${lastProblem.code}: ${lastProblem.detail}`;
  const words: readonly (string | undefined)[] = [
    counted(evidence['checks'], 'checks'),
    named('commit', evidence['commit'], short),
    counted(evidence['files'], 'files'),
    counted(evidence['customResourceDefinitions'], 'CRDs established'),
    counted(evidence['objects'], 'objects applied'),
    named('', evidence['fingerprint']),
    evidence['isReadOnly'] === true ? 'read-only' : undefined,
    named('', evidence['url']),
    named('', evidence['path']),
    named('', evidence['revision'], 'main@sha1:'.length + short),
    counted(evidence['deployments'], 'controllers available'),
    named('Flux', evidence['fluxVersion']),
    named('registry', evidence['registry']),
    ...policyWords(evidence),
    named('', evidence['reason']),
  ];
  return words.filter((word) => word !== undefined).join(', ');
}

/** What repositories came to; nothing of none. */
function policyWords(evidence: Readonly<Record<string, unknown>>): readonly (string | undefined)[] {
  const nouns = {
    written: 'policies written',
    unchanged: 'as they should be',
    missing: 'not there',
    refused: 'refused',
  };
  return Object.entries(nouns).map(([key, noun]) => counted(evidence[key] || undefined, noun));
}

function counted(value: unknown, noun: string): string | undefined {
  if (Array.isArray(value)) return `${value.length} ${noun}`;
  return typeof value === 'number' ? `${value} ${noun}` : undefined;
}

function named(name: string, value: unknown, length = 100): string | undefined {
  return typeof value === 'string' ? `${name} ${value.slice(0, length)}`.trim() : undefined;
}

/** Steps that look, and change nothing; the others are SKIPPED where they find what they would make. */
const looking: ReadonlySet<string> = new Set(['preflight', 'await-reconciled', 'record']);

const nothingWritten = 'Nothing had to be changed: the policies were read and are as they should be.';

/** What an operation that succeeded found done already; nothing when it did all of it itself. */
export function foundLines({ steps }: ShownOperation): string[] {
  const policies = steps.find(({ name }) => name === 'write-policies');
  if (policies) return policies.evidence?.['written'] === 0 ? [nothingWritten] : [];
  const making = steps.filter(({ name }) => !looking.has(name));
  const namesOf = (state: string) => making.filter((step) => step.state === state).map(({ name }) => name);
  const [made, found] = [namesOf('SUCCEEDED'), namesOf('SKIPPED')];
  if (found.length === 0) return [];
  if (made.length > 0) return [`Found done already: ${found.join(', ')}.`];
  return [
    "Nothing had to be changed: the files in Git, Flux's objects and the deploy key were looked at and are as they " +
      'should be, and Flux is Ready.',
  ];
}

/** What went wrong and what to do, in the operation's own words. */
export function failureLines({ state, failure }: ShownOperation): string[] {
  if (!failure) return [`The operation is ${state}.`];
  const remedies = failure.remedies.map((remedy) => `  - ${remedy}`);
  return [`${failure.step} failed with ${failure.code}: ${failure.detail}`, ...remedies];
}
