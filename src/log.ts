import { stdout } from 'node:process';
import { FleetError } from './errors.ts';

/** Structured log: one JSON object a line, with what CloudWatch Logs Insights can filter by. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** By default to standard output, where Lambda takes it up. */
export function createLog(write: (line: string) => void = (line) => void stdout.write(`${line}\n`)): Log {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      const told = Object.fromEntries(
        Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? describe(value) : value]),
      );
      write(JSON.stringify({ at: new Date().toISOString(), level, message, ...told }));
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** Adapters put no secret into an error; requests and answers, which may hold one, are not written. */
function describe(error: Error): LogFields {
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error instanceof FleetError ? { code: error.code, internal: error.internal } : {}),
    ...(error.cause instanceof Error ? { cause: describe(error.cause) } : {}),
  };
}
