import { parseArgs } from 'node:util';

export interface StartSettings {
  /** Undefined: 8080, or any free one where that is taken. */
  readonly port: number | undefined;
  /** Undefined: nothing is kept. */
  readonly directory: string | undefined;
  readonly isOnce: boolean;
}

export type ReadSettings =
  | { readonly kind: 'start'; readonly settings: StartSettings }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly detail: string };

export const usage = `Usage: npm start -- [options]

Runs the whole system on this machine; onboards an example customer through its REST API, and grants access to its images.

  --once        end after that: with 0 when it succeeded, else with 1 and what to do
  --data DIR    keep everything in DIR; the next start goes on with it, one start at a time;
                without it, all is kept in a folder that goes at the end
  --port N      of the API; default: 8080, or any free one where that is taken
  --help        this text
`;

export function readSettings(args: readonly string[]): ReadSettings {
  const read = parse(args);
  if (typeof read === 'string') return { kind: 'invalid', detail: read };
  if (read.help) return { kind: 'help' };
  const port = read.port === undefined ? undefined : Number(read.port);
  if (read.port !== undefined && !(/^\d+$/.test(read.port) && Number(read.port) <= 65_535)) {
    return { kind: 'invalid', detail: `--port ${read.port}: not a port, which is a number up to 65535` };
  }
  if (read.data === '') return { kind: 'invalid', detail: '--data: the directory has no name' };
  return { kind: 'start', settings: { port, directory: read.data, isOnce: read.once ?? false } };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean' },
        data: { type: 'string' },
        port: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
