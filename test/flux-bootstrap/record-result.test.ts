import { describe, expect, it } from 'vitest';
import { recordResult } from '../../src/flux-bootstrap/record-result.ts';
import { never, runningJob } from '../support/bootstrap-job.ts';
import { Crash } from '../support/faults.ts';
import { losingAnswers } from '../support/fleet-table.ts';
import { createMemoryTable } from '../support/memory-table.ts';

const result = {
  incarnation: { createdAt: '2026-01-01T00:00:00.000Z', kubeSystemUid: 'uid' },
  revision: 'main@sha1:abc',
  fingerprint: 'SHA256:abc',
};

async function given(isLosing = false) {
  const table = createMemoryTable();
  const { fleet, job, operation } = await runningJob(isLosing ? { ...table, ...losingAnswers(table) } : table);
  return { fleet, operation, record: () => recordResult(job(), result, never) };
}

describe('the result', () => {
  it.each([false, true])('is kept on the cluster with what proves it (answers lost: %s)', async (isLosing) => {
    const { fleet, operation, record } = await given(isLosing);

    expect(await record()).toMatchObject({
      kind: 'succeeded',
      evidence: { revision: 'main@sha1:abc', keyFingerprint: 'SHA256:abc' },
    });

    expect((await fleet.registry.getRuntime('acme', 'production'))?.result).toEqual({
      ...{ operationId: operation.id, at: fleet.clock.now().toISOString(), fluxVersion: '2.9.2' },
      ...{ revision: 'main@sha1:abc', keyFingerprint: 'SHA256:abc', incarnation: result.incarnation },
      repositoryName: 'repository/git.example/acme/infrastructure',
      repositoryUrl: 'ssh://git@git.example/acme/infrastructure.git',
    });
  });

  it('that was cut after it was kept is kept again', async () => {
    const { fleet, record } = await given();
    fleet.faults.registry.fail('recordResult', { when: 'after' });

    await expect(record()).rejects.toBeInstanceOf(Crash);

    expect(await record()).toMatchObject({ kind: 'succeeded' });
  });

  it('of an operation that lost the cluster is refused', async () => {
    const { fleet, operation, record } = await given();
    const instead = { id: operation.id };
    await fleet.registry.claim({ customer: 'acme', cluster: 'production', operationId: 'op-next', instead });

    expect(await record()).toMatchObject({ kind: 'refused', refusal: { code: 'claim-lost', retryable: true } });
    expect(await fleet.registry.getRuntime('acme', 'production')).not.toHaveProperty('result');
  });
});
