import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSamePolicy, policyHash } from '../../src/ecr-access/canonical-policy.ts';
import { foreignPolicy } from '../support/ecr-grants.ts';

const statement = {
  Sid: 'ByHand',
  Effect: 'Allow',
  Principal: { AWS: ['arn:aws:iam::111122223333:root', 'arn:aws:iam::111122223333:role/deployer'] },
  Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  Condition: { StringLike: { 'aws:sourceArn': ['a', 'b'] } },
};

function policyWith(change: Record<string, unknown>, version: string | undefined = '2012-10-17'): string {
  return JSON.stringify({ Version: version, Statement: [{ ...statement, ...change }] });
}

const whole = policyWith({});

describe('two texts of a policy', () => {
  it.each([
    ['white space', JSON.stringify(JSON.parse(whole), undefined, 4)],
    ['the order of actions', policyWith({ Action: statement.Action.toReversed() })],
    ['the case of actions', policyWith({ Action: statement.Action.map((action) => action.toLowerCase()) })],
    ['the order of principals', policyWith({ Principal: { AWS: statement.Principal.AWS.toReversed() } })],
    ['an account by its id', policyWith({ Principal: { AWS: ['111122223333', statement.Principal.AWS[1]] } })],
    ['the order of values', policyWith({ Condition: { StringLike: { 'aws:sourceArn': ['b', 'a'] } } })],
    ['the case of a condition key', policyWith({ Condition: { StringLike: { 'aws:SourceArn': ['a', 'b'] } } })],
    ['the order of keys', JSON.stringify({ Statement: [statement], Version: '2012-10-17' })],
    ['a single statement', JSON.stringify({ Version: '2012-10-17', Statement: statement })],
  ])('are the same whatever %s', (_what, other) => {
    expect(isSamePolicy(whole, other)).toBe(true);
    expect(policyHash(other)).toBe(policyHash(whole));
  });

  it.each([
    ['a value or a list of one', policyWith({ Action: ['ecr:*'] }), policyWith({ Action: 'ecr:*' })],
    ['* or AWS: *', policyWith({ Principal: '*' }), policyWith({ Principal: { AWS: '*' } })],
    [
      'true or "true"',
      policyWith({ Condition: { Bool: { a: true } } }),
      policyWith({ Condition: { Bool: { a: ['true'] } } }),
    ],
    ['the older version or none', policyWith({}, '2008-10-17'), JSON.stringify({ Statement: [statement] })],
  ])('are the same with %s', (_what, one, other) => {
    expect(isSamePolicy(one, other)).toBe(true);
  });

  it('are the same in another order of statements', () => {
    fc.assert(
      fc.property(foreignPolicy, (text) => {
        const policy = JSON.parse(text);
        const reversed = JSON.stringify({ ...policy, Statement: policy.Statement.toReversed() });

        expect(isSamePolicy(text, reversed)).toBe(true);
        expect(policyHash(reversed)).toBe(policyHash(text));
      }),
    );
  });

  it.each([
    ['the effect', policyWith({ Effect: 'Deny' })],
    ['an action', policyWith({ Action: [...statement.Action, 'ecr:PutImage'] })],
    ['a principal', policyWith({ Principal: { AWS: [statement.Principal.AWS[0]] } })],
    [
      'the id of a deleted role',
      policyWith({ Principal: { AWS: [statement.Principal.AWS[0], 'AROAKSCDLFT9R5DQP782U'] } }),
    ],
    ['the kind of principal', policyWith({ Principal: { Service: statement.Principal.AWS } })],
    ['a negation', policyWith({ NotAction: statement.Action, Action: undefined })],
    ['a condition', policyWith({ Condition: undefined })],
    ['an operator', policyWith({ Condition: { StringEquals: { 'aws:sourceArn': ['a', 'b'] } } })],
    ['the Sid', policyWith({ Sid: 'ByHands' })],
    ['an unknown element', policyWith({ Remark: 'x' })],
    ['the version', policyWith({}, '2008-10-17')],
    ['a second statement', JSON.stringify({ Version: '2012-10-17', Statement: [statement, statement] })],
    ['no policy', undefined],
    ['no JSON', 'x'],
  ])('differ by %s', (_what, other) => {
    expect(isSamePolicy(whole, other)).toBe(false);
    expect(policyHash(other)).not.toBe(policyHash(whole));
  });

  it('that are no policies are the same where the texts are', () => {
    expect(isSamePolicy('x', 'x')).toBe(true);
    expect(isSamePolicy('x', 'y')).toBe(false);
    expect(isSamePolicy(undefined, undefined)).toBe(true);
  });
});
