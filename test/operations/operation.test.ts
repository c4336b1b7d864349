import { describe, expect, it } from 'vitest';
import { hasFreedItsKey, isResting, isTerminal } from '../../src/operations/operation.ts';
import { canonicalHash, canonicalJson, operationIdFor } from '../../src/operations/operation-id.ts';
import { refusalOf } from '../../src/operations/operation-failures.ts';
import { OutsideCallError } from '../../src/errors.ts';
import type { OutsideFailure, OutsideSystem } from '../../src/errors.ts';
import { operationInState } from '../support/operations.ts';

describe('states', () => {
  it.each([
    ['PENDING', false, false],
    ['RUNNING', false, false],
    ['CANCELLING', false, false],
    ['AWAITING_MERGE', false, true],
    ['AWAITING_REGISTRATION', false, true],
    ['SUCCEEDED', true, true],
    ['FAILED', true, true],
    ['CANCELLED', true, true],
    ['REJECTED', true, true],
  ] as const)('%s: terminal %s, resting %s', (state, terminal, resting) => {
    expect([isTerminal(state), isResting(state)]).toEqual([terminal, resting]);
  });
});

describe('an idempotency key', () => {
  const endedAt = '2027-01-01T00:00:00.000Z';
  const dayLater = new Date('2027-01-02T00:00:00.000Z');
  const more = new Date('2027-01-02T00:00:00.001Z');

  it.each([
    { state: 'RUNNING', fields: {}, now: more, isFree: false },
    { state: 'FAILED', fields: { endedAt }, now: new Date(endedAt), isFree: true },
    { state: 'CANCELLED', fields: { endedAt }, now: new Date(endedAt), isFree: true },
    { state: 'REJECTED', fields: { endedAt }, now: new Date(endedAt), isFree: true },
    { state: 'REJECTED', fields: { endedAt, joined: 'op-2' }, now: dayLater, isFree: false },
    { state: 'REJECTED', fields: { endedAt, joined: 'op-2' }, now: more, isFree: true },
    { state: 'SUCCEEDED', fields: { endedAt }, now: dayLater, isFree: false },
    { state: 'SUCCEEDED', fields: { endedAt }, now: more, isFree: true },
  ] as const)('of one that is $state with $fields at $now is free: $isFree', ({ state, fields, now, isFree }) => {
    expect(hasFreedItsKey(operationInState(state, fields), now)).toBe(isFree);
  });
});

describe('an operation id', () => {
  const request = { customer: 'acme', method: 'POST', path: '/a', key: 'k' };

  it('is the same for the same request, and fit for an execution name', () => {
    expect(operationIdFor(request, 0)).toBe(operationIdFor({ ...request }, 0));
    expect(operationIdFor(request, 0)).toMatch(/^op-[0-9a-f]{40}$/);
  });

  it('tells requests apart, however their parts are cut', () => {
    const requests = [
      request,
      { ...request, customer: 'acm', method: 'ePOST' },
      { ...request, path: '/ak', key: '' },
      { ...request, key: 'k1' },
    ];
    const ids = requests.flatMap((each) => [operationIdFor(each, 0), operationIdFor(each, 1)]);

    expect(new Set(ids).size).toBe(8);
  });
});

describe('canonical JSON', () => {
  it('does not depend on the order of keys, and leaves out what is undefined', () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }], a: undefined })).toBe('{"b":[{"c":null,"d":1}]}');
    expect(canonicalHash({ a: 1, b: 2 })).toBe(canonicalHash({ b: 2, a: 1, c: undefined }));
  });

  it('depends on the order of lists', () => {
    expect(canonicalHash(['a', 'b'])).not.toBe(canonicalHash(['b', 'a']));
  });
});

describe('a call that failed', () => {
  const systems: readonly [OutsideSystem, string][] = [
    ['kubernetes', 'api-server-unreachable'],
    ['git-host', 'git-host-unavailable'],
    ['sts', 'aws-unavailable'],
    ['eks', 'aws-unavailable'],
    ['ecr', 'aws-unavailable'],
    ['iam', 'aws-unavailable'],
    ['dynamodb', 'registry-unavailable'],
    ['workflow-engine', 'registry-unavailable'],
    ['flux-releases', 'flux-releases-unavailable'],
  ];
  it.each(systems)('%s: is %s and retryable when it may pass', (system, code) => {
    for (const failure of ['unreachable', 'timeout', 'throttled', 'server-error'] as const satisfies OutsideFailure[]) {
      expect(refusalOf(new OutsideCallError({ system, failure, attempted: 'x' }))).toMatchObject({
        code,
        retryable: true,
      });
    }
  });

  it.each(['unauthenticated', 'forbidden', 'rejected', 'protocol'] as const)(
    '%s: will not pass by itself',
    (failure) => {
      const refusal = refusalOf(new OutsideCallError({ system: 'eks', failure, attempted: 'describe' }));

      expect(refusal.code).toBe('outside-call-refused');
      expect(refusal.retryable).toBeUndefined();
    },
  );
});
