import * as z from 'zod';
import { customerRoleName, customerTrustPolicy, type Example } from '../example.ts';
import { earlierStartLines } from './earlier-start.ts';
import { operationLines, operationSchema, type ShownOperation } from './operation-lines.ts';
import type { Terminal } from './terminal.ts';

export interface OnboardingOptions {
  readonly apiUrl: string;
  /** Where the customer makes its role. */
  readonly worldUrl: string;
  readonly example: Example;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** What the API would not do, in its own words. */
export class OnboardingFailed extends Error {
  override readonly name = 'OnboardingFailed';
}

const accountAnswer = z.object({
  status: z.object({ roleArn: z.string(), externalId: z.string(), trustedPrincipalArn: z.string() }),
});

const planAnswer = z.object({
  checks: z.array(z.object({ name: z.string(), result: z.string(), detail: z.string() })),
  changes: z.object({
    files: z.array(z.unknown()),
    /** Absent while nobody can look: in a plan, before there is an access entry. */
    objects: z.array(z.unknown()).optional(),
    deployKeys: z.array(z.unknown()).optional(),
  }),
});

const restingStates: ReadonlySet<string> = new Set([
  ...['SUCCEEDED', 'FAILED', 'CANCELLED', 'REJECTED', 'AWAITING_MERGE', 'AWAITING_REGISTRATION'],
]);

/**
 * Onboards the example as a provider's pipeline would, and as the customer in between; all of it may be done again: what
 * is missing is registered, the rest left as it is.
 * @throws OnboardingFailed when a request is refused.
 */
export async function onboard(options: OnboardingOptions): Promise<ShownOperation> {
  const { example, terminal } = options;
  const customer = `/v1/customers/${example.customer.id}`;
  const account = `${customer}/accounts/${example.account.id}`;
  const cluster = `${customer}/clusters/${example.cluster.id}`;
  tellOfEarlierStart(options, await read(options, cluster));
  await register(options, customer, example.customer.spec);
  const { status } = accountAnswer.parse(await register(options, account, example.account.spec));
  await createRole(options, status);
  await register(options, cluster, example.cluster.spec);
  const plan = planAnswer.parse(await told(options, { method: 'POST', path: `${cluster}/plan` }));
  for (const line of planLines(plan)) terminal.print(line);
  const begun = operationSchema.parse(await told(options, { method: 'POST', path: `${cluster}/bootstrap` }));
  return follow(options, `${customer}/operations/${begun.id}`);
}

/** Nothing on the first one. */
function tellOfEarlierStart({ terminal }: OnboardingOptions, cluster: unknown): void {
  if (cluster !== undefined) for (const line of earlierStartLines(cluster)) terminal.print(`  ${line}`);
}

/** What is there stays as it is: somebody may have changed it since an earlier start. */
async function register(options: OnboardingOptions, path: string, spec: object): Promise<unknown> {
  const present = await read(options, path);
  if (present === undefined) return told(options, { method: 'PUT', path, spec });
  options.terminal.print(`  GET  ${path}  200  as it was left`);
  return present;
}

/** `undefined` when there is no such thing. */
async function read({ apiUrl, terminal, signal }: OnboardingOptions, path: string): Promise<unknown> {
  const answer = await fetch(`${apiUrl}${path}`, { signal });
  if (answer.ok || answer.status === 404) return answer.ok ? answer.json() : undefined;
  terminal.print(`  GET  ${path}  ${answer.status}`);
  throw new OnboardingFailed(`GET ${path}: ${answer.status} ${await answer.text()}`);
}

/** What the customer does in its own account, with the ExternalId that the API has told. */
async function createRole(
  { worldUrl, terminal, example, signal }: OnboardingOptions,
  { roleArn, externalId, trustedPrincipalArn }: z.output<typeof accountAnswer>['status'],
): Promise<void> {
  const url = `${worldUrl}/_world/roles/${example.account.id}/${customerRoleName}`;
  const body = JSON.stringify({ trustPolicy: customerTrustPolicy(trustedPrincipalArn, externalId) });
  const answer = await fetch(url, { method: 'PUT', body, signal });
  if (!answer.ok) throw new OnboardingFailed(`The role ${roleArn} was not made: ${await answer.text()}`);
  terminal.print(`        the customer's role ${roleArn} trusts us with its ExternalId`);
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

/** Asks until the operation rests; each answer comes when it does, or after a second. */
async function follow(options: OnboardingOptions, path: string): Promise<ShownOperation> {
  const { terminal } = options;
  terminal.print(`  GET  ${path}`);
  for (;;) {
    const operation = operationSchema.parse(await send(options, { method: 'GET', path, prefer: 'wait=1' }));
    terminal.show(operationLines(operation));
    if (restingStates.has(operation.state)) {
      terminal.keep();
      return operation;
    }
  }
}

function told(options: OnboardingOptions, sent: Sent): Promise<unknown> {
  return send(options, { ...sent, isTold: true });
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly spec?: object | undefined;
  readonly prefer?: string;
  readonly isTold?: boolean;
}

async function send(
  { apiUrl, terminal, signal }: OnboardingOptions,
  { method, path, spec, prefer, isTold = false }: Sent,
): Promise<unknown> {
  const answer = await fetch(`${apiUrl}${path}`, {
    method,
    headers: {
      ...(spec && { 'content-type': 'application/json' }),
      ...(prefer !== undefined && { prefer }),
    },
    ...(spec && { body: JSON.stringify(spec) }),
    signal,
  });
  const text = await answer.text();
  if (isTold || !answer.ok) terminal.print(`  ${method.padEnd(4)} ${path}  ${answer.status}`);
  if (!answer.ok) throw new OnboardingFailed(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}
