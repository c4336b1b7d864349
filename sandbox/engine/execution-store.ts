import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { executionRecordSchema, type ExecutionRecord } from './execution-record.ts';

/** The executions' files: `<directory>/<function>/<execution>.json`, each always whole. */
export interface ExecutionStore {
  /** All executions; what a crash left of an unfinished write is removed. A file that is not ours is an error. */
  load(): Promise<ExecutionRecord[]>;
  /** Returns once the record would survive a power cut. Saves of one execution must not overlap. */
  save(record: ExecutionRecord): Promise<void>;
}

const temporarySuffix = '.tmp';

export function createExecutionStore(directory: string): ExecutionStore {
  const knownFolders = new Set<string>();

  async function folderOf(functionName: string): Promise<string> {
    const folder = join(directory, functionName);
    if (!knownFolders.has(folder)) {
      await mkdir(folder, { recursive: true });
      await syncFolder(directory);
      knownFolders.add(folder);
    }
    return folder;
  }

  return {
    async load() {
      await mkdir(directory, { recursive: true });
      const entries = await readdir(directory, { withFileTypes: true });
      const records: ExecutionRecord[] = [];
      for (const entry of entries.filter((candidate) => candidate.isDirectory())) {
        records.push(...(await loadFolder(join(directory, entry.name))));
      }
      return records.toSorted((one, other) => one.startedAt - other.startedAt);
    },

    async save(record) {
      const folder = await folderOf(record.functionName);
      const path = join(folder, `${record.executionName}.json`);
      const temporary = `${path}${temporarySuffix}`;
      const file = await open(temporary, 'w', 0o600);
      try {
        await file.writeFile(`${JSON.stringify(record)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      await syncFolder(folder);
    },
  };
}

async function loadFolder(folder: string): Promise<ExecutionRecord[]> {
  const names = await readdir(folder);
  await Promise.all(
    names.filter((name) => name.endsWith(temporarySuffix)).map((name) => rm(join(folder, name), { force: true })),
  );
  return Promise.all(names.filter((name) => name.endsWith('.json')).map((name) => loadFile(join(folder, name))));
}

async function loadFile(path: string): Promise<ExecutionRecord> {
  try {
    return executionRecordSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new Error(`The execution in ${path} cannot be read`, { cause: error });
  }
}

/** A rename is only certain once the folder that holds the name is written. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
