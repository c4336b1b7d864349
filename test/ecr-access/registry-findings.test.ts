import { describe, expect, it } from 'vitest';
import { policyHash } from '../../src/ecr-access/canonical-policy.ts';
import type { EcrGrantRecord } from '../../src/ecr-access/ecr-grant.ts';
import { findingOf, isDue, retriesOf } from '../../src/ecr-access/registry-findings.ts';
import type { SeenRepository } from '../../src/ecr-access/registry-findings.ts';
import { renderPolicy } from '../../src/ecr-access/render-policy.ts';
import type { EcrGrantResult, EcrRepositoryRecord } from '../../src/ports/ecr-repositories.ts';
import { registry, stagingPull } from '../support/ecr-fleet.ts';

const at = '2027-01-01T00:00:00.000Z';
const minutesLater = (minutes: number) => new Date(Date.parse(at) + minutes * 60_000);
const soon = { now: minutesLater(7), everyMinutes: 5 };
const region = registry.region;

const grant: EcrGrantRecord = {
  ...{ customer: 'acme', id: 'staging-pull', spec: stagingPull, version: 1, createdAt: at, updatedAt: at },
};
const policyWith = (grants: readonly EcrGrantRecord[]) => {
  const rendered = renderPolicy({ grants, present: undefined, region });
  return rendered.kind === 'write' ? rendered.text : undefined;
};
const granted = policyWith([grant]);
const applied: EcrGrantResult = { state: 'APPLIED', at };

function known(fields: Partial<EcrRepositoryRecord> = {}): EcrRepositoryRecord {
  return {
    ...{ customer: 'acme', registry, repository: 'api', grants: [grant.id], results: { [grant.id]: applied } },
    documentHash: policyHash(granted),
    ...fields,
  };
}

function seen(fields: Partial<SeenRepository> = {}): SeenRepository {
  return { repository: 'api', policy: { text: granted }, record: known(), live: [grant], region, ...fields };
}

const refused = (code: string): EcrGrantResult => ({ state: 'REFUSED', code, at });
const stuck = known({ results: { [grant.id]: refused('policy-refused') } });

describe('a repository', () => {
  it.each<[string, string | undefined, Partial<SeenRepository>]>([
    ['that is as granted', undefined, {}],
    ['whose policy somebody removed', 'drifted', { policy: { text: undefined } }],
    ['whose grant is no longer live', 'outdated', { live: [] }],
    ['that has our right and does not say so yet', 'outdated', { record: known({ results: {} }) }],
    [
      'that still shows drift which is gone',
      'outdated',
      { record: known({ results: { [grant.id]: { state: 'DRIFTED', at } } }) },
    ],
    ['that nobody knows and a grant covers', 'new', { policy: { text: undefined }, record: undefined }],
    ['that nobody knows, that is granted already', 'outdated', { record: undefined }],
    [
      'that is there again',
      'new',
      {
        policy: { text: undefined },
        record: known({ grants: [], results: { [grant.id]: { state: 'MISSING', at } }, documentHash: undefined }),
      },
    ],
    ['that went', 'vanished', { policy: 'missing' }],
    [
      'that went and says so',
      undefined,
      {
        policy: 'missing',
        record: known({ grants: [], results: { [grant.id]: { state: 'MISSING', at } }, documentHash: undefined }),
      },
    ],
    ['that a grant names and that never was', 'outdated', { policy: 'missing', record: undefined }],
    ['whose policy cannot be read by us', 'drifted', { policy: { text: 'not JSON' } }],
    [
      'whose grant ECR refused because of its principal',
      undefined,
      {
        policy: { text: undefined },
        record: known({
          grants: [],
          results: { [grant.id]: refused('principal-not-found') },
          documentHash: policyHash(undefined),
        }),
      },
    ],
    [
      'whose policy somebody removed where it was refused before',
      'drifted',
      { policy: { text: undefined }, record: stuck },
    ],
    [
      'that refused the policy a moment ago, as it stands',
      undefined,
      {
        policy: { text: undefined },
        record: { ...stuck, documentHash: policyHash(undefined) },
      },
    ],
    [
      'that refused the policy a moment ago, and holds a right that has ended',
      'outdated',
      { record: known({ grants: [grant.id, 'ended'], results: stuck.results }) },
    ],
  ])('%s: %s', (_, kind, fields) => {
    expect(findingOf(seen(fields), soon)?.kind).toBe(kind);
  });

  it('that refused the policy is tried again once an hour', () => {
    const one = seen({ policy: { text: undefined }, record: { ...stuck, documentHash: policyHash(undefined) } });

    const looks = Array.from({ length: 48 }, (_, n) => ({ now: minutesLater(60 + 5 * n + 2), everyMinutes: 5 }));

    expect(looks.filter((rhythm) => findingOf(one, rhythm) !== undefined)).toHaveLength(4);
  });
});

describe('a principal that ECR did not know', () => {
  it('is due at each look for an hour, then once an hour, for a day', () => {
    const one = seen({ record: known({ results: { [grant.id]: refused('principal-not-found') } }) });
    const retriesFrom = (minutes: number, count: number) =>
      Array.from({ length: count }, (_, n) =>
        retriesOf(one, { now: minutesLater(minutes + 5 * n), everyMinutes: 5 }),
      ).filter((ids) => ids.length > 0).length;

    expect(retriesFrom(1, 12)).toBe(12);
    expect(retriesFrom(61, 12 * 23)).toBe(23);
    expect(retriesFrom(24 * 60, 100)).toBe(0);
  });

  it('is due all the time where a look comes all the time', () => {
    expect(isDue(at, { now: minutesLater(0), everyMinutes: 0 })).toBe(true);
    expect(isDue(at, { now: minutesLater(120.5), everyMinutes: 0 })).toBe(true);
  });
});
