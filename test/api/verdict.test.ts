import { describe, expect, it } from 'vitest';
import type { Tally } from './tally.ts';
import { casesOf, describeTally, faultsOf } from './verdict.ts';

const tally: Tally = {
  operations: {
    'GET /v1/customers': { 200: 60, 400: 20 },
    'DELETE /v1/customers/{customer}': { 204: 10, 404: 5 },
  },
  otherMethods: { 405: 5 },
};

const passed = { exitCode: 0, tally, leastCases: 100 };

describe('a run of schemathesis', () => {
  it('passes with enough cases and a success of each operation', () => {
    expect(casesOf(tally)).toBe(100);
    expect(faultsOf(passed)).toEqual([]);
  });

  it('fails where schemathesis failed, or had to be ended', () => {
    expect(faultsOf({ ...passed, exitCode: 1 })).toEqual([expect.stringContaining('exit code 1')]);
    expect(faultsOf({ ...passed, exitCode: undefined })).toEqual([expect.stringContaining('in time')]);
  });

  it('fails with fewer cases than wanted', () => {
    expect(faultsOf({ ...passed, leastCases: 101 })).toEqual(['100 cases are fewer than 101']);
  });

  it('fails where an operation never succeeded or was never called', () => {
    const operations = { 'GET /v1/customers': { 400: 80 }, 'GET /v1/events': {}, 'GET /v1/clusters': { 200: 20 } };

    expect(faultsOf({ ...passed, tally: { ...tally, operations } })).toEqual([
      'GET /v1/customers: no 2xx',
      'GET /v1/events: no 2xx',
    ]);
  });

  it('asks no success of what works on a former policy only, but that it was called', () => {
    const path = '/v1/customers/{customer}/ecr-registries/{account}/{region}/policy-history/{version}/restore';
    const faultsWith = (statuses: Tally['otherMethods']) =>
      faultsOf({ ...passed, leastCases: 0, tally: { ...tally, operations: { [`POST ${path}`]: statuses } } });

    expect(faultsWith({ 404: 80 })).toEqual([]);
    expect(faultsWith({})).toEqual([`POST ${path}: no 2xx`]);
  });

  it('fails at a server error and at a call without an answer, of other methods too', () => {
    const operations = { 'GET /v1/customers': { 200: 80, 503: 10, none: 1 } };

    expect(faultsOf({ ...passed, tally: { operations, otherMethods: { 500: 9 } } })).toEqual([
      'GET /v1/customers: 503, none',
      'other methods: 500',
    ]);
  });

  it('is told by operation', () => {
    expect(describeTally(tally).split('\n')).toEqual([
      'GET /v1/customers                   80  200: 60, 400: 20',
      'DELETE /v1/customers/{customer}     15  204: 10, 404: 5',
      'other methods                        5  405: 5',
      'in all                             100',
    ]);
  });
});
