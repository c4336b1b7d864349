/** What `npm start` prints to be tried, as somebody pastes it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

interface Command {
  readonly line: string;
  /** What is printed as its status; names that are set for later have none. */
  readonly status: number | undefined;
}

export function commandsOf(output: string): readonly Command[] {
  const page = output.slice(output.indexOf('What to try next'));
  return [...page.matchAll(/^(?: {2}(\d{3}) \S.*\n)? {4}(\S.*)$/gm)].map(([, status, line = '']) => ({
    line,
    status: status === undefined ? undefined : Number(status),
  }));
}

/** What each has printed, in one shell that ends where one fails. */
export async function paste(lines: readonly string[]): Promise<readonly string[]> {
  const script = lines.map((line, index) => `${line}\necho '--- ${index}'`).join('\n');
  const shell = spawn('sh', ['-euc', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(shell, 'close');
  return output.split(/^--- \d+\n/m).slice(0, -1);
}
