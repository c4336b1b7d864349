import * as z from 'zod';
import type { Example } from '../example.ts';
import type { ApiCalls } from './api-calls.ts';
import { createRole } from './customer-role.ts';
import { earlierStartLines } from './earlier-start.ts';
import { operationSchema, type ShownOperation } from './operation-lines.ts';
import type { Terminal } from './terminal.ts';

export interface OnboardingOptions {
  readonly api: ApiCalls;
  /** Where the customer makes its role. */
  readonly worldUrl: string;
  readonly example: Example;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

const planAnswer = z.object({
  checks: z.array(z.object({ name: z.string(), result: z.string(), detail: z.string() })),
  changes: z.object({
    files: z.array(z.unknown()),
    /** Absent while nobody can look: in a plan, before there is an access entry. */
    objects: z.array(z.unknown()).optional(),
    deployKeys: z.array(z.unknown()).optional(),
  }),
});

/**
 * Onboards the example as a provider's pipeline would, and as the customer in between; all of it may be done again: what
 * is missing is registered, the rest left as it is.
 * @throws ExampleRefused when a request is refused.
 */
export async function onboard(options: OnboardingOptions): Promise<ShownOperation> {
  const { api, example, terminal } = options;
  const customer = `/v1/customers/${example.customer.id}`;
  const account = `${customer}/accounts/${example.account.id}`;
  const cluster = `${customer}/clusters/${example.cluster.id}`;
  tellOfEarlierStart(options, await api.read(cluster));
  await api.register(customer, example.customer.spec);
  await createRole(options, await api.register(account, example.account.spec));
  await api.register(cluster, example.cluster.spec);
  const plan = planAnswer.parse(await api.send({ method: 'POST', path: `${cluster}/plan`, isTold: true }));
  for (const line of planLines(plan)) terminal.print(line);
  const begun = await api.send({ method: 'POST', path: `${cluster}/bootstrap`, isTold: true });
  const operation = `${customer}/operations/${operationSchema.parse(begun).id}`;
  terminal.print(`  GET  ${operation}`);
  return api.follow(operation);
}

/** Nothing on the first one. */
function tellOfEarlierStart({ terminal }: OnboardingOptions, cluster: unknown): void {
  if (cluster !== undefined) for (const line of earlierStartLines(cluster)) terminal.print(`  ${line}`);
}

function planLines({ checks, changes }: z.output<typeof planAnswer>): string[] {
  const count = (wanted: string) => checks.filter(({ result }) => result === wanted).length;
  const results = [
    `${count('PASS')} checks pass`,
    ...(count('WARN') > 0 ? [`${count('WARN')} warn`] : []),
    ...(count('FAIL') > 0 ? [`${count('FAIL')} fail`] : []),
    ...(count('UNKNOWN') > 0 ? [`${count('UNKNOWN')} cannot be asked yet`] : []),
  ];
  const remarkable = checks.filter(({ result }) => result === 'WARN' || result === 'FAIL');
  const { files, objects, deployKeys } = changes;
  const wanted = Object.entries({ files, objects, 'deploy keys': deployKeys }).flatMap(([noun, list = []]) =>
    list.length > 0 ? [`${list.length} ${noun}`] : [],
  );
  return [
    `        ${results.join(', ')}; a bootstrap would change ${wanted.join(', ') || 'nothing'}`,
    ...remarkable.map(({ name, result, detail }) => `        ${result} ${name}: ${detail}`),
  ];
}
