/** `npm start` as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const entry = join(import.meta.dirname, '..', '..', '..', 'sandbox', 'start.ts');

export interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Answers once the text has been printed. */
  printed(text: string): Promise<void>;
  readonly ended: Promise<number | null>;
}

export interface Starts {
  /** Temporary directories of all that is started lie in it. */
  readonly directory: string;
  start(...args: readonly string[]): Started;
  /** As npm does it: within a shell, which is the `child`. */
  startInShell(...args: readonly string[]): Started;
}

/** Where its API listens, once that has been printed. */
export function apiOf({ output }: Started): string {
  return / {2}API +(\S+)/.exec(output())?.[1] ?? '';
}

/** For the tests of one `describe`; in the end none of them runs any more, and nothing is left. */
export function useStarts(): Starts {
  const directory = mkdtempSync(join(tmpdir(), 'start-'));
  const compiled = mkdtempSync(join(tmpdir(), 'start-compiled-'));
  const running = new Set<ChildProcess>();
  afterAll(async () => {
    for (const child of running) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    for (const made of [directory, compiled]) await rm(made, { recursive: true, force: true });
  });
  const run = (command: string, args: readonly string[]): Started => {
    const env = {
      ...process.env,
      ...{ TMPDIR: directory, NODE_NO_WARNINGS: '1', npm_lifecycle_event: 'start' },
      // What one of them compiled the next need not.
      NODE_COMPILE_CACHE: compiled,
    };
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    return watched(child);
  };
  return {
    directory,
    start: (...args) => run(process.execPath, [entry, ...args]),
    // A shell that has something left to do stays.
    startInShell: (...args) => run('sh', ['-c', '"$@"; exit', 'sh', process.execPath, entry, ...args]),
  };
}

function watched(child: ChildProcess): Started {
  let output = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const look of waiting) look();
    });
  }
  const ended = once(child, 'close').then(() => child.exitCode);
  async function printed(text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => void (output.includes(text) && resolve());
    waiting.add(look);
    look();
    const early = ended.then(() => {
      if (!output.includes(text)) throw new Error(`it ended without "${text}":\n${output}`);
    });
    await Promise.race([promise, early]);
    waiting.delete(look);
  }
  return { child, output: () => output, printed, ended };
}
