import { describe, expect, it } from 'vitest';
import { fail, pass, refusalOfChecks, unknown, warn } from '../../src/flux-bootstrap/check.ts';
import { judgeDescribed, judgeRepository } from '../../src/flux-bootstrap/preflight.ts';
import type { Wanted } from '../../src/flux-bootstrap/preflight.ts';
import type { EksCluster } from '../../src/ports/eks-access.ts';
import type { InspectedRepository } from '../../src/ports/git-host.ts';

const wanted: Wanted = {
  folder: 'flux/clusters/production',
  repositoryUrl: 'ssh://git@git.example/acme/infrastructure.git',
  repositoryName: 'acme/infrastructure',
  branch: 'main',
  eksName: 'production',
  roleArn: 'arn:aws:iam::111122223333:role/fleet-api',
  access: 'managed',
  replace: false,
  allowPrune: false,
  reachesPrivateEndpoints: false,
};
const cluster: EksCluster = {
  ...{ arn: 'arn', status: 'ACTIVE', kubernetesVersion: '1.34', endpoint: 'https://x', certificateAuthority: 'x' },
  ...{ createdAt: '2026-01-01T00:00:00Z', hasPublicEndpoint: true, authenticationMode: 'API' },
};
const found: InspectedRepository = { kind: 'found', head: 'c0ffee', canPush: true, allowsDeployKeys: true };

const results = (checks: ReturnType<typeof judgeDescribed>) =>
  Object.fromEntries(checks.map(({ name, result }) => [name, result]));

describe('the judgement of AWS', () => {
  const described = (changes: Partial<EksCluster>) =>
    judgeDescribed(wanted, { kind: 'described', cluster: { ...cluster, ...changes } });

  it('passes all, or fails at the first that stands in the way of the others', () => {
    expect(results(described({}))).toEqual({ role: 'PASS', cluster: 'PASS', endpoint: 'PASS' });
    expect(results(judgeDescribed(wanted, { kind: 'role-not-assumable', detail: 'x' }))).toMatchObject({
      role: 'FAIL',
    });
    expect(results(judgeDescribed(wanted, { kind: 'cluster-not-found' }))).toMatchObject({
      role: 'PASS',
      cluster: 'FAIL',
    });
    expect(results(described({ hasPublicEndpoint: false }))).toEqual({
      role: 'PASS',
      cluster: 'PASS',
      endpoint: 'FAIL',
    });
  });

  it.each(['CREATING', 'DELETING', 'FAILED', 'PENDING'])('fails a cluster that is %s', (status) => {
    expect(refusalOfChecks(described({ status }))).toMatchObject({ code: 'cluster-not-active' });
  });

  it.each([{ endpoint: undefined }, { certificateAuthority: undefined }])('fails a cluster without %o', (changes) => {
    expect(refusalOfChecks(described(changes))).toMatchObject({ code: 'cluster-not-active' });
  });

  it('passes a private endpoint where the workers reach it', () => {
    const reaching = { ...wanted, reachesPrivateEndpoints: true };
    const checks = judgeDescribed(reaching, { kind: 'described', cluster: { ...cluster, hasPublicEndpoint: false } });

    expect(results(checks)).toMatchObject({ endpoint: 'PASS' });
  });
});

describe('the judgement of the repository', () => {
  it('passes all', () => {
    expect(results(judgeRepository(wanted, found, 'host key'))).toEqual({
      ...{
        repository: 'PASS',
        branch: 'PASS',
        push: 'PASS',
        'branch-rules': 'PASS',
        'deploy-keys': 'PASS',
        'host-keys': 'PASS',
      },
    });
  });

  it('cannot tell of the rules of the branch without the right to push', () => {
    const checks = judgeRepository(wanted, { ...found, canPush: false, protection: 'reviews' }, 'host key');

    expect(results(checks)).toMatchObject({ push: 'FAIL', 'branch-rules': 'UNKNOWN', 'deploy-keys': 'PASS' });
    expect(refusalOfChecks(checks)).toMatchObject({ code: 'push-not-allowed' });
  });

  it.each([
    ['repository-not-found', { kind: 'repository-not-found' }],
    ['git-app-not-installed', { kind: 'app-not-installed', detail: 'acme has not installed it' }],
    ['branch-not-found', { kind: 'branch-not-found' }],
  ] as const)('fails with %s, and looks at the host keys all the same', (code, repository) => {
    const checks = judgeRepository(wanted, repository, '');

    expect(refusalOfChecks(checks)).toMatchObject({
      code,
      remedies: [expect.any(String), expect.stringContaining('never scanned')],
    });
  });
});

describe('a refusal', () => {
  it('is none while no check fails', () => {
    expect(refusalOfChecks([pass('a', 'x'), warn('b', 'x'), unknown('c', 'x')])).toBeUndefined();
  });

  it('has the code of the first check that fails, and what all of them say', () => {
    const checks = [
      pass('a', 'fine'),
      fail('b', 'push-not-allowed', { detail: 'No push.', remedy: 'Let us push.' }),
      unknown('c', 'we may not push'),
      fail('d', 'deploy-keys-disabled', { detail: 'No keys.', remedy: 'Allow keys.' }),
    ];

    expect(refusalOfChecks(checks)).toEqual({
      code: 'push-not-allowed',
      detail: 'No push. No keys.',
      remedies: ['Let us push.', 'Allow keys.'],
    });
  });
});
