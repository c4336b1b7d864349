/** The processes around the rig's own: notices the end of whoever started it, and ends what it has started. */
import { readFileSync } from 'node:fs';

const intervalMilliseconds = 250;

/**
 * Calls once when the parent has ended, or, where that is npm or the shell that npm puts in between, when npm or its
 * parent has: a shell lives on when npm is killed, and npm when the shell before it is. Whoever starts the rig in a
 * session of its own (`setsid`) has cut that tie.
 */
export function watchParents(onEnd: () => void): void {
  const parents = ancestors();
  const timer = setInterval(() => {
    if (parents.every(isSame)) return;
    clearInterval(timer);
    onEnd();
  }, intervalMilliseconds);
}

/** Ends whatever this process has started and is still running, such as a build. */
export function endChildren(): void {
  const children = readText(`/proc/self/task/${process.pid}/children`)?.trim().split(' ') ?? [];
  for (const child of children.map(Number)) if (child > 0) process.kill(child, 'SIGTERM');
}

interface Ancestor {
  readonly pid: number;
  /** In clock ticks since the machine's start: a process id may be given out again. */
  readonly startTime: string;
}

/** The parent and, through npm and its shell, theirs. */
function ancestors(): readonly Ancestor[] {
  const found: Ancestor[] = [];
  let pid = process.pid;
  let status = readStatus(pid);
  while (status !== undefined && status.session !== pid && (pid === process.pid || isNpmOrItsShell(pid))) {
    pid = status.parent;
    status = pid > 1 ? readStatus(pid) : undefined;
    if (status !== undefined) found.push({ pid, startTime: status.startTime });
  }
  return found;
}

function isSame({ pid, startTime }: Ancestor, index: number): boolean {
  return (index > 0 || process.ppid === pid) && readStatus(pid)?.startTime === startTime;
}

function isNpmOrItsShell(pid: number): boolean {
  const words = readText(`/proc/${pid}/cmdline`)?.split('\0') ?? [];
  return words[0]?.startsWith('npm') === true || (words[1] === '-c' && /\btest\/rig\/main\.ts\b/.test(words[2] ?? ''));
}

interface Status {
  readonly parent: number;
  readonly session: number;
  readonly startTime: string;
}

/** Fields 4, 6 and 22 of proc(5) `/proc/PID/stat`, counted behind the command's name, which may hold anything. */
function readStatus(pid: number): Status | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z') return undefined;
  return { parent: Number(fields[1]), session: Number(fields[3]), startTime: fields[19] ?? '' };
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
