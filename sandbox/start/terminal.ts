import type { WriteStream } from 'node:tty';

/** Where the sandbox tells what it does: lines, and a block at the end that changes in place where a terminal can. */
export interface Terminal {
  print(text?: string): void;
  /** The lines that stand for the present state; they replace those of the last call. */
  show(lines: readonly string[]): void;
  /** What is shown stays as it is. */
  keep(): void;
}

type Output = Pick<NodeJS.WriteStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;

export function createTerminal(output: Output, env: Readonly<Record<string, string | undefined>>): Terminal {
  const isLive = output.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const print = (text = ''): void => void output.write(`${printable(text)}\n`);
  return isLive ? liveTerminal(output, print) : plainTerminal(print);
}

/** Each line is printed once: when it is new, or other than it was. */
function plainTerminal(print: (text?: string) => void): Terminal {
  let shown: readonly string[] = [];
  return {
    print,
    show(lines) {
      for (const line of lines) if (!shown.includes(line)) print(line);
      shown = lines;
    },
    keep() {
      shown = [];
    },
  };
}

function liveTerminal(output: Output, print: (text?: string) => void): Terminal {
  let height = 0;
  return {
    print,
    show(lines) {
      // A line that wraps would take two, and the next block would begin too low.
      // (Some terminals do not know their width, and say 0.)
      const width = (output.columns || 80) - 1;
      const block = lines.map((line) => `${printable(line).slice(0, width)}\n`).join('');
      output.write(`${height > 0 ? `\u001B[${height}A\u001B[0J` : ''}${block}`);
      height = lines.length;
    },
    keep() {
      height = 0;
    },
  };
}

/** What came from elsewhere moves no cursor. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/g, ' ');
}
