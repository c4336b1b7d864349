import { describe, expect, it } from 'vitest';
import { finishedOperation } from '../../src/operations/leavings.ts';
import type { Leaving } from '../../src/operations/leavings.ts';
import { bootstrapSteps } from '../../src/operations/operation.ts';
import type { BootstrapStep, Operation, OperationStep } from '../../src/operations/operation.ts';
import { operationInState, snapshot } from '../support/operations.ts';

const endedAt = '2027-01-01T00:20:00.000Z';
const pending: OperationStep = { state: 'PENDING', attempt: 0 };

/** One that failed, in which these steps were begun, and whose preflight left this evidence. */
function failed(
  begun: readonly BootstrapStep[],
  { access = 'managed', preflight = {} }: { access?: 'managed' | 'customer'; preflight?: Partial<OperationStep> } = {},
): Operation {
  const steps = bootstrapSteps.map((name) => [name, begun.includes(name) ? { state: 'RUNNING', attempt: 1 } : pending]);
  const all = { ...Object.fromEntries(steps), preflight: { ...pending, ...preflight } } as Operation['steps'];
  return operationInState('FAILED', { endedAt, snapshot: { ...snapshot, access }, steps: all });
}

const checks = (...results: readonly [name: string, result: string][]) => ({
  evidence: { checks: results.map(([name, result]) => ({ name, result, detail: '' })) },
});

describe('what an operation came to', () => {
  it('is its id, its kind, its state and its end', () => {
    const { leavings: _, ...finished } = finishedOperation(failed([]));

    expect(finished).toEqual({ id: 'op-1', kind: 'bootstrap-cluster', state: 'FAILED', endedAt });
  });

  it('has a time even of one whose end was not written down', () => {
    const operation = operationInState('FAILED');

    expect(finishedOperation(operation).endedAt).toBe(operation.createdAt);
  });
});

describe('what an operation may have left', () => {
  it.each<[BootstrapStep, readonly Leaving[]]>([
    ['commit-manifests', ['repository-files']],
    ['apply-namespace-and-crds', ['flux']],
    ['provision-deploy-key', ['deploy-key']],
    ['apply-components', []],
    ['apply-sync', []],
    ['await-reconciled', []],
    ['record', []],
  ])('where %s was begun, in a cluster that others let us into: %j', (step, left) => {
    expect(finishedOperation(failed([step], { access: 'customer' })).leavings).toEqual(left);
  });

  it('is all of it after a success, in the order of the alphabet', () => {
    const operation = failed(bootstrapSteps, { preflight: { state: 'SUCCEEDED', attempt: 1 } });

    expect(finishedOperation(operation).leavings).toEqual(['access-entry', 'deploy-key', 'flux', 'repository-files']);
  });

  it('is nothing where nothing was begun', () => {
    expect(finishedOperation(failed([])).leavings).toEqual([]);
    expect(finishedOperation(operationInState('REJECTED')).leavings).toEqual([]);
  });
});

describe('our access entry', () => {
  it.each<[string, Partial<OperationStep>, boolean]>([
    ['preflight was never begun', {}, false],
    ['preflight was begun, and nobody knows how far it came', { attempt: 1 }, true],
    ['a check failed before it', { attempt: 1, ...checks(['role', 'FAIL']) }, false],
    ['it could not be made', { attempt: 1, ...checks(['role', 'PASS'], ['access-entry', 'FAIL']) }, false],
    ['a check failed behind it', { attempt: 1, ...checks(['access-entry', 'PASS'], ['cluster-admin', 'FAIL']) }, true],
    ['an earlier attempt was lost that may have made it', { attempt: 2, ...checks(['role', 'FAIL']) }, true],
    ['the evidence is of another form', { attempt: 1, evidence: { checks: 'many' } }, true],
  ])('where %s: may it be left? %o → %s', (_, preflight, mayBeLeft) => {
    const { leavings } = finishedOperation(failed([], { preflight }));

    expect(leavings).toEqual(mayBeLeft ? ['access-entry'] : []);
  });

  it('is left by whoever came further than preflight', () => {
    const operation = failed(['commit-manifests'], { preflight: { attempt: 1, ...checks() } });

    expect(finishedOperation(operation).leavings).toEqual(['access-entry', 'repository-files']);
  });

  it('is not ours where the customer gives us access', () => {
    const preflight = { attempt: 1, ...checks(['access-entry', 'PASS']) };

    expect(finishedOperation(failed([], { access: 'customer', preflight })).leavings).toEqual([]);
    expect(finishedOperation(failed([], { access: 'customer', preflight: { attempt: 1 } })).leavings).toEqual([]);
  });
});
