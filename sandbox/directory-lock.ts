import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, writeWhole } from './state-directory.ts';

/** Somebody else keeps its state there at this moment: two would overwrite each other's. */
export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';
}

/**
 * Takes the directory for this process; the answer frees it. What a process that was killed left behind does not count.
 * @throws DirectoryInUse
 */
export function lockDirectory(directory: string): () => void {
  const file = join(directory, 'process-id');
  const holder = Number(readIfThere(file) ?? Number.NaN);
  if (Number.isInteger(holder) && holder !== process.pid && isAlive(holder)) {
    throw new DirectoryInUse(
      `${directory} is in use by the process ${holder}: end that first, or choose another directory with --data. ` +
        `(If that process is no sandbox, remove ${file}.)`,
    );
  }
  writeWhole(file, String(process.pid));
  return () => rmSync(file, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
