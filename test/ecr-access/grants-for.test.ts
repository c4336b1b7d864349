import { describe, expect, it } from 'vitest';
import type { EcrGrantRecord } from '../../src/ecr-access/ecr-grant.ts';
import { grantsFor } from '../../src/ecr-access/grants-for.ts';
import { grantTo, registry } from '../support/ecr-grants.ts';

const now = new Date('2026-06-01T00:00:00Z');
const { spec, createdAt } = grantTo({ type: 'account', accountId: '111122223333' });

function record(id: string, change: Partial<EcrGrantRecord> = {}): EcrGrantRecord {
  return { customer: 'acme', id, version: 1, createdAt, updatedAt: createdAt, spec, ...change };
}

describe('the grants of a repository', () => {
  it('are those that are live, cover it and are of its registry', () => {
    const records = [
      record('all'),
      record('named', { spec: { ...spec, repositories: { names: ['team/api'] } } }),
      record('not-yet-expired', { spec: { ...spec, expiresAt: '2026-06-01T00:00:01Z' } }),
      record('other-name', { spec: { ...spec, repositories: { names: ['team/web'] } } }),
      record('expired', { spec: { ...spec, expiresAt: '2026-06-01T00:00:00Z' } }),
      record('withdrawn', { isWithdrawn: true }),
      record('other-region', { spec: { ...spec, registry: { ...registry, region: 'us-east-1' } } }),
      record('other-account', { spec: { ...spec, registry: { ...registry, accountId: '111122223333' } } }),
    ];

    const ids = grantsFor(records, { registry, repository: 'team/api' }, now).map(({ id }) => id);

    expect(ids).toEqual(['all', 'named', 'not-yet-expired']);
  });
});
