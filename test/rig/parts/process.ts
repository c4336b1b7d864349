/**
 * Starts one real part as a process of its own, waits until it answers, and makes sure that it never outlives us.
 *
 * Each process begins under `setpriv --pdeathsig KILL` (util-linux): the kernel ends it when the process that started
 * it ends, however that happens. It stands in a session of its own, so that Ctrl-C reaches the rig alone, which then
 * stops its parts in order.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface PartOptions {
  /** As `pids` of env.json calls it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to a small base environment (`PATH`, `HOME`, `TMPDIR`, locale); nothing else of ours is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  /** Gets stdout and stderr, appended. */
  readonly logFile: string;
  /** The part runs as this user; default: as ours. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Ends when the part can be used; its failure or the signal (the process ended) fails the start. */
  readonly waitUntilReady: (signal: AbortSignal) => Promise<void>;
  /** Started again as soon as it ends without having been asked to. */
  readonly isSupervised?: boolean;
  /** Called with each new process id, the first included. */
  readonly onStart?: (pid: number) => void;
  /** SIGTERM first and SIGKILL after this time; 0: SIGKILL at once. Default 1,000. */
  readonly stopGraceMilliseconds?: number;
}

export interface Part {
  readonly name: string;
  /** Of the present process. */
  pid(): number;
  stop(): Promise<void>;
}

/** Generous: only a part that hangs reaches it, even where builds load the machine. */
const readinessLimitMilliseconds = 180_000;
/** So that what can't start does not keep the machine busy. */
const restartPauseMilliseconds = 100;

/** Starts the part and waits until it is ready. A part that ends before fails with the end of its log. */
export async function startPart(options: PartOptions): Promise<Part> {
  let isStopping = false;
  let child = spawnPart(options);
  const supervise = (ended: ChildProcess): void => {
    ended.once('exit', () => {
      if (isStopping || !options.isSupervised) return;
      setTimeout(() => {
        if (isStopping) return;
        child = spawnPart(options);
        supervise(child);
      }, restartPauseMilliseconds);
    });
  };

  try {
    await waitWhileRunning(child, options);
  } catch (error) {
    await endProcess(child, 0);
    throw error;
  }
  supervise(child);
  return {
    name: options.name,
    pid: () => child.pid ?? 0,
    async stop() {
      isStopping = true;
      await endProcess(child, options.stopGraceMilliseconds ?? 1000);
    },
  };
}

/** Ends a process that we started, and waits until it is gone. */
export async function endProcess(child: ChildProcess, graceMilliseconds: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill(graceMilliseconds > 0 ? 'SIGTERM' : 'SIGKILL');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds);
  await exited;
  clearTimeout(timer);
}

/** Starts a process that ends with ours; it is the caller's to watch. */
export function spawnPart(
  options: Pick<PartOptions, 'command' | 'args' | 'env' | 'workingDirectory' | 'logFile' | 'user' | 'onStart'>,
): ChildProcess {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a');
  const asUser = options.user ? [`--reuid=${options.user.uid}`, `--regid=${options.user.gid}`, '--clear-groups'] : [];
  try {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...asUser, '--', options.command, ...options.args], {
      cwd: options.workingDirectory,
      env: { ...baseEnvironment(), ...options.env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    // Without a listener a missing command would end this process; the exit below tells the same.
    child.on('error', () => child.emit('exit', 127, null));
    if (child.pid !== undefined) options.onStart?.(child.pid);
    return child;
  } finally {
    closeSync(log);
  }
}

function baseEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'JAVA_HOME'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

async function waitWhileRunning(child: ChildProcess, options: PartOptions): Promise<void> {
  const ended = new AbortController();
  const onExit = (code: number | null, signal: string | null): void =>
    ended.abort(new Error(`${options.name} ended before it was ready (${signal ?? `exit code ${code}`})`));
  child.once('exit', onExit);
  const limit = AbortSignal.timeout(readinessLimitMilliseconds);
  try {
    await options.waitUntilReady(AbortSignal.any([ended.signal, limit]));
  } catch (error) {
    const reason = ended.signal.aborted ? ended.signal.reason : error;
    throw new Error(`${options.name} did not start: ${String(reason)}\n${await endOfFile(options.logFile)}`, {
      cause: error,
    });
  } finally {
    child.off('exit', onExit);
  }
}

async function endOfFile(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return `${file} ends with:\n${text.split('\n').slice(-15).join('\n')}`;
}

/** Asks again every 25 ms until the question answers true. */
export async function waitUntil(question: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await question().catch(() => false))) {
    signal.throwIfAborted();
    await delay(25, undefined, { signal });
  }
}

/** Waits until something listens on the port of 127.0.0.1. */
export async function waitForPort(port: number, signal: AbortSignal): Promise<void> {
  await waitUntil(() => canConnect(port), signal);
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Waits until a GET of the plain-http URL answers with a 2xx or 3xx. */
export async function waitForUrl(url: string, signal: AbortSignal): Promise<void> {
  await waitUntil(async () => {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(2000) });
    await answer.arrayBuffer();
    return answer.status >= 200 && answer.status < 400;
  }, signal);
}

/**
 * Ports of 127.0.0.1 that nobody listens on. They lie below the range from which the kernel takes the ports of
 * outgoing connections (32768 and up on Linux), so that none of those can stand in the way of a restart.
 */
export async function takeFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const candidate = 18_000 + Math.floor(Math.random() * 14_000);
    if (!ports.has(candidate) && (await isFree(candidate))) ports.add(candidate);
  }
  return [...ports];
}

export async function takeFreePort(): Promise<number> {
  const [port] = await takeFreePorts(1);
  if (port === undefined) throw new Error('no free port');
  return port;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
