import { stagingUser } from '../example-ecr.ts';
import type { Example } from '../example.ts';
import type { Product } from '../product.ts';
import type { Sandbox } from '../system.ts';
import { createApiCalls, ExampleRefused } from './api-calls.ts';
import { secondsSince } from './elapsed.ts';
import { grantPull } from './granting.ts';
import { onboard } from './onboarding.ts';
import { failureLines, foundLines, type ShownOperation } from './operation-lines.ts';
import type { Terminal } from './terminal.ts';

export interface RunOptions {
  readonly sandbox: Sandbox;
  readonly product: Product;
  readonly example: Example;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** The whole example, one part after the other until one fails; true when all of it is done. */
export async function runExample(options: RunOptions): Promise<boolean> {
  return (await onboardCluster(options)) && grantStaging(options);
}

function onboardCluster({ sandbox, product, example, terminal, signal }: RunOptions): Promise<boolean> {
  const api = createApiCalls({ apiUrl: product.url, terminal, signal });
  return tell(terminal, {
    title: 'Onboarding the customer acme through the REST API:',
    run: () => onboard({ api, worldUrl: sandbox.worldUrl, example, terminal, signal }),
    done: 'the cluster production runs Flux from its repository.',
  });
}

function grantStaging({ sandbox, product, example, terminal, signal }: RunOptions): Promise<boolean> {
  const api = createApiCalls({ apiUrl: product.url, terminal, signal });
  const keys = stagingUser({ world: sandbox.aws });
  return tell(terminal, {
    title: "Granting acme's staging account two repositories of production's registry:",
    run: () => grantPull({ api, customer: example.customer.id, worldUrl: sandbox.worldUrl, keys, terminal, signal }),
    done: 'the policies of the repositories say what the grants say.',
  });
}

interface Part {
  readonly title: string;
  readonly run: () => Promise<ShownOperation>;
  readonly done: string;
}

async function tell(terminal: Terminal, { title, run, done }: Part): Promise<boolean> {
  const startedAt = performance.now();
  terminal.print(title);
  const operation = await run().catch(refused);
  if (operation instanceof ExampleRefused) {
    terminal.print(`${operation.message}\n`);
    return false;
  }
  const isDone = operation.state === 'SUCCEEDED';
  const words = `Done in ${secondsSince(startedAt)}: ${done}`;
  for (const line of isDone ? [words, ...foundLines(operation)] : failureLines(operation)) terminal.print(line);
  terminal.print();
  return isDone;
}

/** Of a state that somebody has changed, the API may not take the example; it stays up, so that they can mend it. */
function refused(error: unknown): ExampleRefused {
  if (error instanceof ExampleRefused) return error;
  throw error;
}
