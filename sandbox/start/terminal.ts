import type { WriteStream } from 'node:tty';

/** Where the sandbox tells what it does: lines, and a block at the end that changes in place where a terminal can. */
export interface Terminal {
  print(text?: string): void;
  /** The lines that stand for the present state; they replace those of the last call. */
  show(lines: readonly string[]): void;
  /** What is shown stays as it is. */
  keep(): void;
}

export type Output = Pick<NodeJS.WriteStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>>;

export function createTerminal(output: Output, env: Readonly<Record<string, string | undefined>>): Terminal {
  const isLive = output.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return isLive ? liveTerminal(output) : plainTerminal(output);
}

/** Each line is printed once: when it is new, or other than it was. */
function plainTerminal(output: Output): Terminal {
  let shown: readonly string[] = [];
  const print = (text = ''): void => void output.write(`${printable(text)}\n`);
  return {
    print,
    show(lines) {
      const rows = lines.map(inOneLine);
      for (const row of rows) if (!shown.includes(row)) print(row);
      shown = rows;
    },
    keep() {
      shown = [];
    },
  };
}

function liveTerminal(output: Output): Terminal {
  /** Of what is shown: whole, and how many rows of the terminal it takes. */
  let shown: readonly string[] = [];
  let height = 0;
  const replace = (rows: readonly string[]): void => {
    const erase = height > 0 ? `\u001B[${height}A\u001B[0J` : '';
    output.write(`${erase}${rows.map((row) => `${row}\n`).join('')}`);
    height = rows.length;
  };
  const keep = (): void => {
    if (shown.length > 0) replace(shown);
    shown = [];
    height = 0;
  };
  return {
    print(text = '') {
      keep();
      output.write(`${printable(text)}\n`);
    },
    show(lines) {
      // What nothing can go back to cannot be replaced. (Some terminals do not know their size, and say 0.)
      const rows = Math.max(1, (output.rows || 24) - 1);
      const columns = Math.max(1, (output.columns || 80) - 1);
      shown = lines.map(inOneLine);
      replace(shown.slice(-rows).map((line) => cutTo(columns, line)));
    },
    keep,
  };
}

/** A line that wraps would take two rows, and the next block would begin too low. */
function cutTo(columns: number, line: string): string {
  return line.length > columns ? `${line.slice(0, columns - 1)}…` : line;
}

function inOneLine(text: string): string {
  return printable(text).replaceAll('\n', ' ');
}

/** What came from elsewhere moves no cursor. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/g, ' ');
}
