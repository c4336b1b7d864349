import { describe, expect, it } from 'vitest';
import { earlierStartLines } from '../../../sandbox/start/earlier-start.ts';
import { foundLines, operationLines } from '../../../sandbox/start/operation-lines.ts';

const bootstrap = { at: '2027-01-01T00:01:12.000Z', fluxVersion: '2.9.2', revision: 'main@sha1:9d1f' };

describe('what is said of an earlier start', () => {
  const said = (status: object) => earlierStartLines({ id: 'production', status }).join('\n');

  it('tells that the cluster was bootstrapped, and what happens to it now', () => {
    expect(said({ bootstrap, lastOperation: { id: 'op-1', state: 'SUCCEEDED' } })).toBe(
      'The cluster production was bootstrapped before: Flux 2.9.2 at 2027-01-01T00:01:12.000Z, main@sha1:9d1f.\n' +
        'It is onboarded again: everything is looked at, and changed only where it differs.',
    );
  });

  it('tells which operation goes on where it was cut short', () => {
    const goesOn = 'An earlier start was cut short: its operation op-2 goes on.';

    expect(said({ operation: 'op-2' })).toBe(goesOn);
    expect(said({ bootstrap, operation: 'op-2' })).toMatch(new RegExp(`bootstrapped before.*\\n${goesOn}$`));
  });

  it('tells how its last operation ended where none succeeded', () => {
    expect(said({ lastOperation: { id: 'op-1', state: 'FAILED' } })).toContain('operation op-1 ended FAILED');
    expect(said({})).toContain('registered before, and not yet bootstrapped');
  });
});

describe('what is said of an operation that succeeded', () => {
  const making = ['commit-manifests', 'apply-components', 'provision-deploy-key', 'apply-sync'];
  const said = (found: readonly string[]) => {
    const steps = ['preflight', ...making, 'await-reconciled', 'record'].map((name) => ({
      ...{ name, attempt: 1 },
      state: found.includes(name) ? 'SKIPPED' : 'SUCCEEDED',
    }));
    return foundLines({ id: 'op-1', state: 'SUCCEEDED', createdAt: bootstrap.at, steps }).join('\n');
  };

  it('is nothing more when it did all of it', () => {
    expect(said([])).toBe('');
  });

  it('is what it found done already', () => {
    expect(said(['commit-manifests', 'apply-sync'])).toBe('Found done already: commit-manifests, apply-sync.');
  });

  it('is that nothing had to be changed, and what was looked at', () => {
    expect(said(making)).toMatch(/^Nothing had to be changed: the files in Git, .* deploy key were looked at/);
  });
});

describe('what is said of an operation that writes policies', () => {
  const operationWith = (evidence: object) => ({
    ...{ id: 'op-1', state: 'SUCCEEDED', createdAt: bootstrap.at },
    steps: [
      { name: 'write-policies', state: 'SUCCEEDED', attempt: 1, startedAt: bootstrap.at, evidence: { ...evidence } },
    ],
  });
  const tally = { written: 0, unchanged: 0, missing: 0, refused: 0, refusals: [] };

  it('is what repositories came to, and nothing of what none came to', () => {
    const [line] = operationLines(operationWith({ ...tally, written: 2, missing: 1 }));

    expect(line).toMatch(/^ {2}SUCCEEDED write-policies +2 policies written, 1 not there$/);
  });

  it('is that nothing had to be changed where nothing was written', () => {
    expect(foundLines(operationWith({ ...tally, written: 1, unchanged: 1 }))).toEqual([]);
    expect(foundLines(operationWith({ ...tally, unchanged: 2 })).join()).toMatch(/^Nothing had to be changed/);
  });
});
