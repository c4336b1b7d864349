/** What the reports of schemathesis tell: which answers each operation of the contract gave. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import * as z from 'zod';

/** Answers by status; `none` counts calls without one. */
export type Statuses = Readonly<Record<string, number>>;

export interface Tally {
  /** By `METHOD /path`: those of the contract, in its order, also where nothing was sent. */
  readonly operations: Readonly<Record<string, Statuses>>;
  /** Of methods that the contract does not have, all together. */
  readonly otherMethods: Statuses;
}

const methods = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'] as const;

const contractSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** `METHOD /path` of each operation. */
export async function operationsOf(contractFile: string): Promise<readonly string[]> {
  const { paths } = contractSchema.parse(parse(await readFile(contractFile, 'utf8')));
  return Object.entries(paths).flatMap(([path, item]) =>
    methods.filter((method) => method in item).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

const scenarioSchema = z.object({
  ScenarioFinished: z.object({
    recorder: z.object({
      cases: z.record(z.string(), z.object({ value: z.object({ method: z.string(), path: z.string() }) })).default({}),
      interactions: z
        .record(z.string(), z.object({ response: z.object({ status_code: z.number() }).optional() }))
        .default({}),
    }),
  }),
});

/** Reads one event a line; a last line that was cut off is left out. */
export async function readTally(eventsFile: string, operations: readonly string[]): Promise<Tally> {
  const counts = new Map<string, Map<string, number>>(operations.map((operation) => [operation, new Map()]));
  const otherMethods = new Map<string, number>();
  for await (const line of createInterface({ input: createReadStream(eventsFile), crlfDelay: Infinity })) {
    if (!line.startsWith('{"ScenarioFinished"')) continue;
    for (const { operation, status } of answersOf(line)) {
      const statuses = counts.get(operation) ?? otherMethods;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  }
  const plain = (statuses: ReadonlyMap<string, number>): Statuses => Object.fromEntries(statuses);
  return {
    operations: Object.fromEntries([...counts].map(([operation, statuses]) => [operation, plain(statuses)])),
    otherMethods: plain(otherMethods),
  };
}

function answersOf(line: string): readonly { readonly operation: string; readonly status: string }[] {
  const { recorder } = scenarioSchema.parse(JSON.parse(line)).ScenarioFinished;
  return Object.entries(recorder.interactions).flatMap(([id, { response }]) => {
    const sent = recorder.cases[id]?.value;
    if (sent === undefined) return [];
    const operation = `${sent.method.toUpperCase()} ${sent.path}`;
    return [{ operation, status: response === undefined ? 'none' : String(response.status_code) }];
  });
}
