/** The engine of sandbox/engine in this process, with the bootstrap as its only function. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createEngine, type Engine } from '../../sandbox/engine/engine.ts';
import { createBootstrapHandler } from '../../src/lambdas/bootstrap-cluster-handler.ts';
import type { Operation } from '../../src/operations/operation.ts';
import { clusterPath, type CallOptions, type Fleet } from './fleet.ts';

export interface BootstrapEngine {
  readonly engine: Engine;
  /** Asks for a bootstrap through the API and lets it run to its end. */
  bootstrap(options?: CallOptions): Promise<Operation>;
  /** Runs an operation that was accepted; ends when its execution does. */
  run(operationId: string): Promise<Operation>;
  /** Everything that the engine has written. */
  files(): Promise<string>;
}

/** The engine and its directory go when the test ends. */
export async function bootstrapEngine(fleet: Fleet): Promise<BootstrapEngine> {
  const directory = await mkdtemp(join(tmpdir(), 'bootstrap-'));
  const engine = await createEngine({
    directory,
    functions: { bootstrap: (client) => createBootstrapHandler(fleet.deps, client) },
    log: (event, fields) => void fleet.logged.push({ event, ...fields }),
    ...fleet.clock.engine,
  });
  onTestFinished(async () => {
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function run(operationId: string): Promise<Operation> {
    await engine.start({
      functionName: 'bootstrap',
      executionName: operationId,
      payload: JSON.stringify({ operationId }),
    });
    await engine.whenEnded(operationId);
    const operation = await fleet.operations.get(operationId);
    if (!operation) throw new Error('the operation is gone');
    return operation;
  }

  return {
    engine,
    run,
    async bootstrap(options) {
      const accepted = await fleet.call('POST', `${clusterPath}/bootstrap`, options);
      if (accepted.status !== 202) throw new Error(`${accepted.status} ${await accepted.text()}`);
      const { id } = (await accepted.json()) as { id: string };
      return run(id);
    },
    async files() {
      const names = await readdir(directory, { recursive: true, withFileTypes: true });
      const contents = names
        .filter((entry) => entry.isFile())
        .map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8'));
      return (await Promise.all(contents)).join('\n');
    },
  };
}
