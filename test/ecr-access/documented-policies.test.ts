import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { personsPolicy } from '../../sandbox/example-ecr.ts';
import { ecrSession } from '../../src/adapters/ecr-session.ts';
import type { EcrGrantSpec } from '../../src/ecr-access/ecr-grant.ts';
import { ecrGrantSchema } from '../../src/ecr-access/ecr-grant.schema.ts';
import { identityPolicyFor } from '../../src/ecr-access/identity-policy.ts';
import { renderPolicy } from '../../src/ecr-access/render-policy.ts';

let page = '';
let declared: EcrGrantSpec;
let documents: readonly unknown[] = [];

beforeAll(async () => {
  page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'ecr-access.md'), 'utf8');
  declared = ecrGrantSchema.parse(JSON.parse(/-d '(\{[^']+\})'/.exec(page)?.[1] ?? ''));
  documents = [...page.matchAll(/```json\n([^`]+)```/g)].map(([, text = '']) => JSON.parse(text));
});

function rendered(specs: readonly EcrGrantSpec[], present?: object) {
  const grants = specs.map((spec, index) => ({ id: `grant-${index}`, spec, createdAt: '2027-01-01T00:00:00.000Z' }));
  const region = declared.registry.region;
  return renderPolicy({ grants, present: present && JSON.stringify(present), region, held: [] });
}

describe('docs/ecr-access.md', () => {
  it('has the identity policy that belongs to its grant', () => {
    const { document } = identityPolicyFor({ ...declared, repositories: { names: ['team/api'] } });

    expect(documents[0]).toEqual(document);
  });

  it('has the policy that its grant makes of a person’s', () => {
    const policy = rendered([declared], personsPolicy);

    expect(documents[1]).toEqual(JSON.parse('text' in policy ? (policy.text ?? '') : ''));
  });

  it('asks of our role what we ask of ECR', () => {
    const target = { ...declared.registry, roleArn: 'arn:aws:iam::111122223333:role/fleet-api' };
    const { policy } = ecrSession({ ...target, externalId: 'external-id', sessionName: 'op-1' });

    const inOneRegion = JSON.stringify(documents[2]).replace('ecr:*:', `ecr:${declared.registry.region}:`);
    expect(JSON.parse(inOneRegion)).toEqual(JSON.parse(policy));
  });

  it('says for how many there is room', () => {
    const accounts = Array.from({ length: 300 }, (_, index) => String(200_000_000_000 + index));
    const forEach = (principalOf: (accountId: string) => EcrGrantSpec['principal'], count: number) =>
      rendered(accounts.slice(0, count).map((accountId) => ({ ...declared, principal: principalOf(accountId) })));
    const account = (accountId: string) => ({ type: 'account', accountId }) as const;
    const role = (accountId: string) => ({ type: 'role', accountId, roleName: 'deployer' }) as const;

    expect(page).toContain('room for some 300 accounts or 230 roles');
    expect(forEach(account, 300)).not.toHaveProperty('tooLarge');
    expect(forEach(role, 230)).not.toHaveProperty('tooLarge');
    expect(forEach(role, 250)).toHaveProperty('tooLarge');
  });
});
