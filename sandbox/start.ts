/** `npm start`: the whole system on this machine, the example customer onboarded in it, and its images granted. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '../src/log.ts';
import { DirectoryInUse } from './directory-lock.ts';
import { exampleSpecs, sandboxFluxVersion } from './example.ts';
import { gitHostName } from './example-github.ts';
import { isTaken } from './former-port.ts';
import { type Product, startProduct } from './product.ts';
import { secondsSince } from './start/elapsed.ts';
import { onInterruption } from './start/interruption.ts';
import { runExample } from './start/run-example.ts';
import { readSettings, type StartSettings, usage } from './start/settings.ts';
import { createTerminal } from './start/terminal.ts';
import { whatNext } from './start/what-next.ts';
import { createSandbox, type Sandbox } from './system.ts';

const unusableCodes: ReadonlySet<unknown> = new Set(['ENOTDIR', 'EEXIST', 'EACCES', 'EROFS', 'EPERM', 'ENOSPC']);
const defaultPort = 8080;
const terminal = createTerminal(process.stdout, process.env);
const read = readSettings(process.argv.slice(2));
if (read.kind === 'help') process.stdout.write(usage);
if (read.kind === 'invalid') process.stderr.write(`${read.detail}\n\n${usage}`);
process.exitCode = read.kind === 'start' ? await run(read.settings) : read.kind === 'help' ? 0 : 2;

/** Until the job is done, or Ctrl-C; everything is stopped when it answers. */
async function run(settings: StartSettings): Promise<number> {
  const interrupted = onInterruption();
  const stops: (() => Promise<void>)[] = [];
  try {
    terminal.print(
      'Fleet API on this machine. AWS, GitHub, Kubernetes and Flux are simulated; the product is the real one.\n',
    );
    const sandbox = await createSandbox({ directory: settings.directory });
    stops.push(() => sandbox.stop());
    const product = await startLogged(sandbox, settings);
    stops.push(() => product.stop());
    describe(sandbox, product, settings);
    terminal.print(`Ready in ${secondsSince(0)}.\n`);
    const isDone = await runExample({ sandbox, product, example: example(), terminal, signal: interrupted });
    const code = isDone ? 0 : 1;
    if (settings.isOnce && settings.directory !== undefined) terminal.print(`It ends; ${whatStays(settings)}`);
    if (settings.isOnce || interrupted.aborted) return code;
    if (!isDone) terminal.print('The example is not done: mend that first, or begin anew in another folder.\n');
    terminal.print(whatNext({ apiUrl: product.url, worldUrl: sandbox.worldUrl, example: example(), now: new Date() }));
    terminal.print(`Ctrl-C ends it; ${whatStays(settings)}`);
    await aborted(interrupted);
    return code;
  } catch (error) {
    if (interrupted.aborted) return 130;
    process.stderr.write(`${whyNot(error, settings)}\n`);
    return 1;
  } finally {
    await stopAll(stops);
  }
}

/** What does not stop must not keep the rest, or the folder with the keys. */
async function stopAll(stops: readonly (() => Promise<void>)[]): Promise<void> {
  for (const stop of stops.toReversed()) {
    await stop().catch((error: unknown) => process.stderr.write(`while stopping: ${String(error)}\n`));
  }
}

function example() {
  return exampleSpecs({ fluxVersion: sandboxFluxVersion, gitHost: gitHostName });
}

async function startLogged(sandbox: Sandbox, { port }: StartSettings): Promise<Product> {
  const file = createWriteStream(join(sandbox.directory, 'product.log'), { flags: 'a', mode: 0o600 });
  // An invocation that the engine has given up may still say something when the file is closed.
  const log = createLog((line) => void (!file.writableEnded && file.write(`${line}\n`)));
  const start = (at: number): Promise<Product> =>
    startProduct({ env: sandbox.env, directory: join(sandbox.directory, 'product'), log, port: at });
  const product = await start(port ?? defaultPort).catch((error: unknown) => {
    if (port !== undefined || !isTaken(error)) throw error;
    return start(0);
  });
  return {
    ...product,
    async stop() {
      await product.stop();
      const { promise, resolve } = Promise.withResolvers<void>();
      file.end(resolve);
      await promise;
    },
  };
}

function whatStays({ directory }: StartSettings): string {
  return directory === undefined
    ? 'its state goes with it (with --data DIR it would stay).'
    : `npm start -- --data ${directory} goes on where it ended.`;
}

function describe(sandbox: Sandbox, product: Product, { port, directory }: StartSettings): void {
  const isElsewhere = port === undefined && new URL(product.url).port !== String(defaultPort);
  terminal.print(`  API             ${product.url}${isElsewhere ? `  (port ${defaultPort} is taken)` : ''}`);
  terminal.print(`  AWS             ${sandbox.worldUrl}`);
  terminal.print(`  GitHub          ${sandbox.gitHubUrl}`);
  for (const [name, { url }] of sandbox.clusters) terminal.print(`  EKS cluster     ${url}  ${name}`);
  const isKept = directory !== undefined;
  terminal.print(
    `  state           ${sandbox.directory}${isKept ? '' : '  (goes at the end: keep it with --data DIR)'}`,
  );
  terminal.print(`  log             ${join(sandbox.directory, 'product.log')}\n`);
}

function whyNot(error: unknown, { port, directory }: StartSettings): string {
  if (isTaken(error)) return `Port ${port ?? defaultPort} is taken: choose another one with --port N.`;
  if (error instanceof DirectoryInUse) return error.message;
  if (isUnusable(error)) return `${directory ?? 'The state directory'} cannot be used as --data: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function isUnusable(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && unusableCodes.has(error.code);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve());
  return promise;
}
