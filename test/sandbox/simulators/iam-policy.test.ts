import { describe, expect, it } from 'vitest';

import { decide, policyDocument } from '../../../sandbox/simulators/iam-policy.ts';
import type { Decision } from '../../../sandbox/simulators/iam-policy.ts';

function decideWith(statements: unknown, context: Record<string, string> = {}): Decision {
  const document = policyDocument.parse({ Version: '2012-10-17', Statement: statements });
  return decide(document, { action: 'eks:DescribeCluster', resource: 'arn:aws:eks:eu-west-1:1:cluster/a', context });
}

const allow = { Effect: 'Allow', Action: 'eks:Describe*', Resource: '*' };

it('reads a trust policy for a service, which trusts no identity', () => {
  const Principal = { Service: 'lambda.amazonaws.com' };
  const [read] = policyDocument.parse({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal },
  }).Statement;

  expect(read?.Principal).toEqual({ AWS: [], Service: ['lambda.amazonaws.com'] });
});

describe('decide', () => {
  it('allows only what a statement allows', () => {
    expect(decideWith([])).toBe('implicit-deny');
    expect(decideWith(allow)).toBe('allow');
    expect(decideWith({ ...allow, Action: 'EKS:describecluster' })).toBe('allow');
    expect(decideWith({ ...allow, Action: 'eks:Describe' })).toBe('implicit-deny');
    expect(decideWith({ ...allow, Resource: 'arn:aws:eks:*:1:cluster/b' })).toBe('implicit-deny');
    expect(decideWith({ ...allow, Resource: ['x', 'arn:aws:eks:*:1:cluster/?'] })).toBe('allow');
  });

  it('lets a deny win over every allow', () => {
    expect(decideWith([allow, { ...allow, Effect: 'Deny' }])).toBe('explicit-deny');
  });

  it('holds a condition on a key that is absent to be false, but for Null', () => {
    const equals = { ...allow, Condition: { StringEquals: { 'sts:ExternalId': ['a', 'b'] } } };
    const absent = { ...allow, Condition: { Null: { 'sts:ExternalId': 'true' } } };

    expect(decideWith(equals)).toBe('implicit-deny');
    expect(decideWith(equals, { 'sts:ExternalId': 'b' })).toBe('allow');
    expect(decideWith(equals, { 'sts:ExternalId': 'B' })).toBe('implicit-deny');
    expect(decideWith(absent)).toBe('allow');
    expect(decideWith(absent, { 'sts:ExternalId': 'b' })).toBe('implicit-deny');
  });

  it('holds what says Not, and IfExists, to be true of a key that is absent', () => {
    const not = { ...allow, Condition: { StringNotEquals: { 'aws:userid': ['a', 'b'] } } };
    const ifExists = { ...allow, Condition: { ArnLikeIfExists: { 'aws:SourceArn': 'arn:*:1' } } };

    expect(decideWith(not)).toBe('allow');
    expect(decideWith(not, { 'aws:userid': 'c' })).toBe('allow');
    expect(decideWith(not, { 'aws:userid': 'b' })).toBe('implicit-deny');
    expect(decideWith(ifExists)).toBe('allow');
    expect(decideWith(ifExists, { 'aws:SourceArn': 'arn:2' })).toBe('implicit-deny');
  });

  it('wants every operator and every key to hold', () => {
    const both = { StringLike: { 'sts:ExternalId': 'acme-*', 'aws:PrincipalAccount': '1*' } };

    expect(decideWith({ ...allow, Condition: both }, { 'sts:ExternalId': 'acme-1' })).toBe('implicit-deny');
    expect(
      decideWith({ ...allow, Condition: both }, { 'sts:ExternalId': 'acme-1', 'aws:PrincipalAccount': '12' }),
    ).toBe('allow');
  });

  it('reads no document with words that it does not know', () => {
    for (const unknown of [{ NotAction: 'eks:*' }, { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }]) {
      expect(() => decideWith({ ...allow, ...unknown })).toThrow(/Unrecognized key|Invalid key/);
    }
  });
});
