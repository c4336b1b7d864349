/** Keys of ours in repositories that the cluster read before, also where nobody answers or lets us in. */
import { describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../src/adapters/ssh-key-pairs.ts';
import { deployKeyTitle } from '../../src/deploy-keys/deploy-key-title.ts';
import { findFormerKeys } from '../../src/deploy-keys/former-repositories.ts';
import { removeStaleDeployKeys } from '../../src/deploy-keys/remove-stale-deploy-keys.ts';
import { OutsideCallError } from '../../src/errors.ts';
import { createBootstrapSteps } from '../../src/flux-bootstrap/bootstrap-cluster.steps.ts';
import type { GitHost, RepositoryAddress } from '../../src/ports/git-host.ts';
import { never, runningJob } from '../support/bootstrap-job.ts';
import { fakeGitHost, type FakeGitHost } from '../support/fake-git-host.ts';
import { unavailable, withFaults } from '../support/faults.ts';
import { createMemoryTable } from '../support/memory-table.ts';

const before = { owner: 'acme', name: 'before' };
const present = 'git.example/acme/before';
const left = 'left.example/acme/before';

/** The cluster read one repository at the host that the customer is at, and one at a host that it has left. */
async function given() {
  const { fleet, job: jobOf, operation } = await runningJob(createMemoryTable());
  const other = fakeGitHost();
  const { port, faults } = withFaults<GitHost>(other);
  const { id: operationId, customer, cluster } = operation;
  for (const name of [present, left]) {
    const finished = { id: 'op-0', kind: operation.kind, endedAt: operation.createdAt, leavings: [] };
    const kept = { ...finished, state: 'FAILED', readsFrom: `repository/${name}` } as const;
    await fleet.registry.release({ customer, cluster, operationId, finished: kept });
    await fleet.registry.claim({ customer, cluster, operationId });
  }
  const deps = { ...fleet.deps, gitHosts: new Map([...fleet.deps.gitHosts, ['left.example', port]]) };
  const hosts: readonly FakeGitHost[] = [fleet.git, other];
  for (const host of hosts) {
    const { publicKey } = generateKeyPair();
    const key = { id: '1', title: deployKeyTitle(operation, publicKey), publicKey, isReadOnly: true };
    host.addRepository(before).deployKeys.push(key);
  }
  const keysLeft = () => hosts.map((host) => host.repository(before).deployKeys.length);
  const job = () => ({ ...jobOf(), deps });
  const remove = () => removeStaleDeployKeys(job(), fleet.kubernetes.connect(), never);
  return { fleet, operation, deps, job, remove, keysLeft, faults: { present: fleet.faults.git, left: faults } };
}

/** As GitHub says of a repository that was archived, whose keys it lists all the same. */
function readOnly(): OutsideCallError {
  const answer = 'Repository was archived so is read-only.';
  return new OutsideCallError({ system: 'git-host', failure: 'rejected', attempted: 'remove', status: 403, answer });
}

describe('keys in former repositories', () => {
  it('are removed, whatever became of the Secret', async () => {
    const { remove, keysLeft } = await given();

    const outcome = await remove();

    expect(outcome.removed).toHaveLength(2);
    expect(outcome.missed).toEqual([]);
    expect(keysLeft()).toEqual([0, 0]);
  });

  it('are left, and said to be, where their removal is refused', async () => {
    const { remove, keysLeft, faults } = await given();
    faults.present.fail('removeDeployKey', { when: 'before', error: readOnly() });

    const outcome = await remove();

    expect(outcome.missed).toEqual([{ name: present, why: 'refused' }]);
    expect(outcome.removed).toHaveLength(1);
    expect(keysLeft()).toEqual([1, 0]);
  });

  it.each(['listDeployKeys', 'removeDeployKey'] as const)(
    'are left for another time where a host that the customer has left does not answer (%s)',
    async (method) => {
      const { remove, keysLeft, faults } = await given();
      faults.left.fail(method, { when: 'before', error: unavailable('git-host') });

      const outcome = await remove();

      expect(outcome.missed).toEqual([{ name: left, why: 'unanswered' }]);
      expect(keysLeft()).toEqual([0, 1]);
    },
  );

  it('are worth another attempt where the present host does not answer', async () => {
    const { remove, keysLeft, faults } = await given();
    faults.present.fail('removeDeployKey', { when: 'before', error: unavailable('git-host') });

    await expect(remove()).rejects.toMatchObject({ failure: 'server-error' });
    await remove();

    expect(keysLeft()).toEqual([0, 0]);
  });

  it('are looked for side by side, at a host that the customer has left not for long', async () => {
    const { job, deps } = await given();
    const silent: Pick<GitHost, 'listDeployKeys'> = {
      listDeployKeys: (_, signal) =>
        new Promise((_resolve, reject) => {
          const error = new OutsideCallError({ system: 'git-host', failure: 'timeout', attempted: 'list' });
          signal.addEventListener('abort', () => reject(error));
        }),
    };
    const gitHosts = new Map([...deps.gitHosts, ['left.example', { ...fakeGitHost(), ...silent }]]);

    const outcome = await findFormerKeys({ ...job(), deps: { ...deps, gitHosts } }, never, 1);

    expect(outcome.missed).toEqual([{ name: left, why: 'unanswered' }]);
    expect(outcome.found).toHaveLength(1);
  });

  it('are asked about as part of the operation, which ends at every host', async () => {
    const { remove, deps, operation, faults } = await given();
    const addresses: unknown[] = [];
    faults.left.onCall('listDeployKeys', (address) => void addresses.push((address as RepositoryAddress).job));

    await remove();
    await createBootstrapSteps(deps).end(operation.id, { kind: 'succeeded' });

    expect(addresses).toEqual([operation.id]);
    expect([faults.left.calls.at(-1), faults.present.calls.at(-1)]).toEqual(['endJob', 'endJob']);
  });
});

describe('a former repository whose host did not answer', () => {
  const result = { incarnation: { createdAt: '', kubeSystemUid: 'uid' }, revision: 'main', fingerprint: 'SHA256:abc' };

  it('is named by the step, and looked into again by the next bootstrap; one that refused is named alone', async () => {
    const { fleet, deps, operation, faults } = await given();
    faults.left.fail('listDeployKeys', { when: 'before', error: unavailable('git-host') });
    faults.present.fail('removeDeployKey', { when: 'before', error: readOnly() });
    const steps = createBootstrapSteps(deps);
    const run = { operationId: operation.id, attempt: 1 };
    await fleet.operations.beginStep(operation.id, { name: 'apply-sync', attempt: 1, at: operation.createdAt });

    await steps.record({ ...run, result });
    await steps.end(operation.id, { kind: 'succeeded' });

    expect((await fleet.operations.get(operation.id))?.steps['record']?.evidence).toMatchObject({
      unreachedRepositories: [present],
      unansweredRepositories: [left],
    });
    const runtime = await fleet.registry.getRuntime('acme', 'production');
    expect(runtime?.repositories).toEqual([
      'repository/git.example/acme/infrastructure',
      'repository/left.example/acme/before',
    ]);
    expect(runtime?.lastOperation).not.toHaveProperty('mayStillRead');
  });
});
