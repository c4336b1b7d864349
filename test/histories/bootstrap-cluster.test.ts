/**
 * Executions that run while a new version is deployed stay on theirs; one that is taken up again after a crash does
 * not: the workflow must make the very durable operations that the history holds, in whatever state it was left.
 * A change that turns this red must say what happens to executions that are running.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEngine } from '../../sandbox/engine/engine.ts';
import { newExecution, type ExecutionRecord, type StoredOperation } from '../../sandbox/engine/execution-record.ts';
import { createExecutionStore } from '../../sandbox/engine/execution-store.ts';
import type { BootstrapSteps } from '../../src/flux-bootstrap/bootstrap-cluster.steps.ts';
import { bootstrapCluster } from '../../src/flux-bootstrap/bootstrap-cluster.workflow.ts';

const historyFile = join(import.meta.dirname, 'bootstrap-cluster.history.json');
const history = JSON.parse(await readFile(historyFile, 'utf8')) as readonly StoredOperation[];
const executionName = 'op-history';

/** Steps that answer what the history holds, and note that they ran. */
function recordedSteps(ran: string[]): BootstrapSteps {
  const answer = async <T>(name: string): Promise<T> => {
    ran.push(name);
    const recorded = history.find((operation) => operation.Name === name)?.StepDetails?.Result;
    return (recorded === undefined ? undefined : JSON.parse(recorded)) as T;
  };
  return {
    begin: () => answer('begin-operation'),
    preflight: () => answer('preflight'),
    commitManifests: () => answer('commit-manifests'),
    applyNamespaceAndCrds: () => answer('apply-namespace-and-crds'),
    applyComponents: () => answer('apply-components'),
    provisionDeployKey: () => answer('provision-deploy-key'),
    applySync: () => answer('apply-sync'),
    async awaitReconciled() {
      const { result } = await answer<{ result: Awaited<ReturnType<BootstrapSteps['awaitReconciled']>> }>(
        'await-reconciled',
      );
      return result;
    },
    record: () => answer('record'),
    end: () => answer('end-operation'),
  };
}

/** Lets the present workflow go on from the operations that are done; the rest of the history is not there yet. */
async function goOnFrom(
  done: readonly StoredOperation[],
): Promise<{ record: ExecutionRecord; ran: readonly string[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'history-'));
  const ran: string[] = [];
  await createExecutionStore(directory).save(executionWith(done));
  const engine = await createEngine({
    directory,
    functions: {
      bootstrap: (durableExecutionClient) =>
        withDurableExecution(async (_, context) => bootstrapCluster(context, recordedSteps(ran), executionName), {
          durableExecutionClient,
        }),
    },
  });
  onTestFinished(async () => {
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  });
  return { record: await engine.whenEnded(executionName), ran };
}

function executionWith(done: readonly StoredOperation[]): ExecutionRecord {
  const fresh = newExecution({
    functionName: 'bootstrap',
    executionName,
    arn: `arn:aws:lambda:eu-west-1:000000000000:function:bootstrap:1/durable-execution/${executionName}/1`,
    payload: JSON.stringify({ operationId: executionName }),
    now: Date.now(),
    timeoutSeconds: 3600,
  });
  return { ...fresh, state: { ...fresh.state, operations: [...fresh.state.operations, ...done] } };
}

const shape = ({ Id, ParentId, Name, Type, SubType, Status }: StoredOperation) => ({
  Id,
  ParentId,
  Name,
  Type,
  SubType,
  Status,
});
const byId = (one: { Id: string }, other: { Id: string }) => (one.Id < other.Id ? -1 : 1);
const namesOf = (operations: readonly StoredOperation[]) => operations.map(({ Name = '' }) => Name);

describe('an execution of the recorded history', () => {
  it.each(history.map((_, count) => count))(
    'goes on after %i of its operations, and makes the others',
    async (count) => {
      const { record, ran } = await goOnFrom(history.slice(0, count));

      expect(record.status).toBe('SUCCEEDED');
      expect(ran.toSorted()).toEqual(namesOf(history.slice(count)).toSorted());
      const made = record.state.operations.filter(({ Type }) => Type !== 'EXECUTION');
      expect(made.map(shape).toSorted(byId)).toEqual(history.map(shape).toSorted(byId));
    },
  );

  it('goes on when the key was made before the commit landed, and the components before both', async () => {
    const late = new Set(['commit-manifests', 'apply-sync', 'await-reconciled', 'record', 'end-operation']);
    const done = history.filter(({ Name = '' }) => !late.has(Name));

    const { record, ran } = await goOnFrom(done);

    expect(record.status).toBe('SUCCEEDED');
    expect(new Set(ran)).toEqual(late);
  });
});
