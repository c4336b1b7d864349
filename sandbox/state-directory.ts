import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** What is kept of one world: the whole of it, in one file. */
export interface StateFile {
  /** Undefined when nothing is kept yet. */
  read(): unknown;
  /** On disk when it returns: whoever looks later finds the old content or the new one, whole. */
  write(state: unknown): void;
}

export function createStateFile(file: string): StateFile {
  return {
    read() {
      const text = readIfThere(file);
      const state: unknown = text === undefined ? undefined : JSON.parse(text);
      return state;
    },
    write: (state) => writeWhole(file, JSON.stringify(state)),
  };
}

/** Keeps nothing. */
export const noStateFile: StateFile = { read: () => undefined, write: () => {} };

export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Readable by its owner only: worlds hold what customers would keep secret. */
export function writeWhole(file: string, text: string): void {
  makeFolder(dirname(file));
  const draft = `${file}.new`;
  const descriptor = openSync(draft, 'w', 0o600);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, file);
  syncFolder(dirname(file));
}

/** Folder by folder: `recursive` of Node's own never ends where nothing can be made in one that is there, as in `/proc`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!isAbsence(error)) throw error;
    throw Object.assign(new Error(`EPERM: nothing can be made in ${parent}`, { cause: error }), { code: 'EPERM' });
  }
}

/** A rename is on disk only when its folder is. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
