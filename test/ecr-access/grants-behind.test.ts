import fc from 'fast-check';
import { expect, it } from 'vitest';
import { grantsBehind } from '../../src/ecr-access/grants-behind.ts';
import { readPolicyDocument } from '../../src/ecr-access/policy-document.ts';
import { renderPolicy } from '../../src/ecr-access/render-policy.ts';
import { whoHasAccess } from '../../src/ecr-access/who-has-access.ts';
import { anyGrants, anyPresent, registry } from '../support/ecr-grants.ts';

it('names every grant of the policy, behind statements of ours alone', () => {
  fc.assert(
    fc.property(anyGrants, anyPresent, (grants, present) => {
      const rendered = renderPolicy({ grants, present, region: registry.region });
      fc.pre(rendered.kind === 'write');
      const read = readPolicyDocument(rendered.text);
      if (read.kind !== 'read') throw new Error(read.detail);

      const behind = whoHasAccess(read.document).map((entry) => {
        const statement = read.document.statements[entry.statement.index] ?? {};
        return { isOurs: entry.statement.isOurs, ids: grantsBehind({ ...entry, statement }, grants, 'aws') };
      });

      expect(behind.every(({ isOurs, ids }) => isOurs === ids.length > 0)).toBe(true);
      expect(new Set(behind.flatMap(({ ids }) => ids))).toEqual(new Set(grants.map(({ id }) => id)));
    }),
  );
});
