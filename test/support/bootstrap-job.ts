/** A bootstrap that was accepted and runs, as its steps see it. */
import { bootstrapJob, type BootstrapJob } from '../../src/flux-bootstrap/bootstrap-job.ts';
import { createClusterSessions } from '../../src/flux-bootstrap/cluster-sessions.ts';
import type { BootstrapOperation } from '../../src/operations/operation.ts';
import { operationOf } from './answers.ts';
import type { MemoryTable } from './memory-table.ts';
import { clusterPath, type Fleet, makeFleet } from './fleet.ts';

export interface JobFleet {
  readonly fleet: Fleet;
  readonly operation: BootstrapOperation;
  /** As a new process would make it: without connections. */
  job(changes?: Partial<BootstrapOperation>): BootstrapJob;
}

export const never = new AbortController().signal;

export const roleArn = 'arn:aws:iam::111122223333:role/fleet-api';

/** Registers, asks for a bootstrap and begins it; our access entry is there already. */
export async function runningJob(table: MemoryTable, body: object = {}): Promise<JobFleet> {
  const fleet = makeFleet(table);
  await fleet.register();
  return { fleet, ...(await beginJob(fleet, body)) };
}

/** Another operation of the same cluster, once the first has ended. */
export async function beginJob(fleet: Fleet, body: object = {}): Promise<Omit<JobFleet, 'fleet'>> {
  fleet.cluster.entries.add(roleArn);
  const { id } = await operationOf(await fleet.call('POST', `${clusterPath}/bootstrap`, { body }));
  await fleet.operations.markRunning(id, fleet.clock.now().toISOString());
  const operation = await fleet.operations.get(id);
  if (operation?.kind !== 'bootstrap-cluster') throw new Error('the operation is gone');
  return {
    operation,
    job(changes = {}) {
      const job = bootstrapJob(fleet.deps, createClusterSessions(fleet.clock.now), { ...operation, ...changes });
      if (!job) throw new Error('the Git host is not configured');
      return job;
    },
  };
}
