/** Something to try, as commands that can be pasted one after the other. */
export interface Trial {
  readonly title: string;
  /** What is pasted before the first command, without an answer. */
  readonly names?: readonly string[];
  readonly commands: readonly Command[];
}

export interface Command {
  /** What is answered; absent: it waits, and prints nothing. */
  readonly status?: number;
  readonly what: string;
  readonly line: string;
}

export function curl(status: number, what: string, request: string): Command {
  return { status, what, line: `curl -sS -w '%{http_code}\\n' ${request}` };
}

/** For the end of the operation that is begun. */
export const waiting = `-H 'Prefer: wait=25'`;
