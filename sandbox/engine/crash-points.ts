import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { OperationUpdate } from '@aws/durable-execution-sdk-js';

/**
 * Named places at which a test can end the process. A point is armed by a file, so that the test and the process that
 * it kills share nothing but a directory; reaching it moves that file, so that each arming counts once.
 */
export interface CrashPoints {
  /**
   * Returns at once unless the point is armed. If it is, `<directory>/armed/<name>` becomes
   * `<directory>/reached/<name>` and the caller waits for ever: for a `kill -9` from outside.
   */
  reach(name: string): Promise<void>;
  /** Disarms the point and marks it as reached; `false` when it was not armed. */
  claim(name: string): boolean;
}

/** Points that nobody can arm. */
export const noCrashPoints: CrashPoints = {
  reach: () => Promise.resolve(),
  claim: () => false,
};

export function createCrashPoints(directory: string): CrashPoints {
  const armed = join(directory, 'armed');
  const reached = join(directory, 'reached');
  mkdirSync(armed, { recursive: true });
  mkdirSync(reached, { recursive: true });

  function claim(name: string): boolean {
    const file = fileOf(name);
    try {
      renameSync(join(armed, file), join(reached, file));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
        return false;
      }
      throw error;
    }
    syncFolder(reached);
    return true;
  }

  return { claim, reach: (name) => (claim(name) ? waitForEver() : Promise.resolve()) };
}

/** For the test's side: arms a point of the process that uses the same directory. */
export function armCrashPoint(directory: string, name: string): void {
  const armed = join(directory, 'armed');
  mkdirSync(armed, { recursive: true });
  writeFileSync(join(armed, fileOf(name)), '');
}

/** For the test's side: the points that have been reached, by their names. */
export function reachedCrashPoints(directory: string): readonly string[] {
  const reached = join(directory, 'reached');
  mkdirSync(reached, { recursive: true });
  return readdirSync(reached).map(decodeURIComponent);
}

/**
 * The same port with the points `<portName>.<method>:before` and `:after` around each asynchronous method; what is not
 * a function, and what answers with something other than a promise, passes through.
 */
export function withCrashPoints<T extends object>(portName: string, port: T, points: CrashPoints): T {
  return new Proxy(port, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function' || typeof key !== 'string') {
        return value;
      }
      return (...parameters: unknown[]): unknown => {
        // Claimed without awaiting: a synchronous method has to stay one.
        if (points.claim(`${portName}.${key}:before`)) {
          return waitForEver();
        }
        const answer: unknown = Reflect.apply(value, target, parameters);
        return answer instanceof Promise ? reachAfter(answer, `${portName}.${key}:after`, points) : answer;
      };
    },
  });
}

/**
 * Points around a checkpoint, without `:before` and `:after`: one of every checkpoint, and one by the step's name of a
 * checkpoint that carries its result, which lies between an effect and its record.
 */
export function crashPointsOf(updates: readonly OperationUpdate[]): readonly string[] {
  const results = updates.filter(({ Type, Action }) => Type === 'STEP' && Action === 'SUCCEED');
  return ['engine.checkpoint', ...results.map(({ Name }) => `engine.${Name}.checkpoint`)];
}

/** The point lies behind an effect, so it is reached whether the effect succeeded or not. */
async function reachAfter(answer: Promise<unknown>, name: string, points: CrashPoints): Promise<unknown> {
  try {
    return await answer;
  } finally {
    await points.reach(name);
  }
}

/** Holds the process, too: one with nothing else to do would end by itself. */
function waitForEver(): Promise<never> {
  return new Promise(() => {
    setInterval(() => undefined, 2 ** 30);
  });
}

/** Names hold step names, which may hold anything; `:` and `.` stay, so that a shell can arm the usual ones. */
function fileOf(name: string): string {
  return encodeURIComponent(name).replaceAll('%3A', ':');
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
