/** Ports that a test can break. */
import { OutsideCallError, type OutsideSystem } from '../../src/errors.ts';

/** What a process that dies leaves: nothing after this line has happened. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export interface Faults<T> {
  /** Names of the methods called, in order. */
  readonly calls: (keyof T & string)[];
  /** The next calls of the method throw; `before` it has done anything, or `after` all is done (a lost answer). */
  fail(method: keyof T & string, fault: { when: 'before' | 'after'; error?: Error; times?: number }): void;
  /** Runs before each call of the method, and is told what it is called with. */
  onCall(method: keyof T & string, hook: Hook): void;
}

type Hook = (...parameters: readonly unknown[]) => void | Promise<void>;

type Fault = { when: 'before' | 'after'; error: Error; times: number };

/** Faults of one port, which may be reached over several objects. */
export function createFaults<T extends object>(): { readonly faults: Faults<T>; readonly around: (port: T) => T } {
  const faults = new Map<string, Fault[]>();
  const hooks = new Map<string, Hook>();
  const calls: (keyof T & string)[] = [];

  function throwIfDue(method: string, when: Fault['when']): void {
    const fault = faults.get(method)?.find((candidate) => candidate.when === when && candidate.times > 0);
    if (!fault) return;
    fault.times -= 1;
    throw fault.error;
  }

  return {
    around: (port) => recorded(port, { calls, hooks, throwIfDue }),
    faults: {
      calls,
      fail(method, { when, error = new Crash(`${method}:${when}`), times = 1 }) {
        faults.set(method, [...(faults.get(method) ?? []), { when, error, times }]);
      },
      onCall: (method, hook) => void hooks.set(method, hook),
    },
  };
}

interface Recorder<T> {
  readonly calls: (keyof T & string)[];
  readonly hooks: ReadonlyMap<string, Hook>;
  readonly throwIfDue: (method: string, when: Fault['when']) => void;
}

/** Methods that answer at once, without a promise. */
const pure: ReadonlySet<string> = new Set(['sshUrl', 'connect']);

function recorded<T extends object>(port: T, { calls, hooks, throwIfDue }: Recorder<T>): T {
  return new Proxy(port, {
    get(target, name: keyof T & string) {
      const method = target[name];
      if (typeof method !== 'function' || pure.has(name)) return method;
      return async (...parameters: readonly unknown[]) => {
        calls.push(name);
        await hooks.get(name)?.(...parameters);
        throwIfDue(name, 'before');
        const answer: unknown = await Reflect.apply(method, target, parameters);
        throwIfDue(name, 'after');
        return answer;
      };
    },
  });
}

/** The port with a recorder and breaking points around each of its methods. */
export function withFaults<T extends object>(port: T): { readonly port: T; readonly faults: Faults<T> } {
  const { faults, around } = createFaults<T>();
  return { port: around(port), faults };
}

/** An outside system that does not answer now. */
export function unavailable(system: OutsideSystem): OutsideCallError {
  return new OutsideCallError({
    system,
    failure: 'server-error',
    attempted: 'do something',
    answer: 'come back later',
    status: 503,
  });
}
