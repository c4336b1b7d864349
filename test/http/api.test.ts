import { describe, expect, it } from 'vitest';
import { errorCodes, OutsideCallError } from '../../src/errors.ts';
import { isPlainPath } from '../../src/http/path-guard.ts';
import { problemOf } from '../../src/http/problem.ts';
import { unavailable } from '../support/faults.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { caller, customerSpec, makeFleet } from '../support/fleet.ts';
import { expectProblem } from '../support/problems.ts';

const given = async () => makeFleet(createMemoryTable());
const path = '/v1/customers/acme';

describe('a path', () => {
  it.each(['/v1/customers/acme', '/v1/customers/acme/clusters/production-2/bootstrap', '/'])('%s is plain', (plain) => {
    expect(isPlainPath(plain)).toBe(true);
  });

  it.each([
    '/v1//customers',
    '/v1/../v1/customers',
    '/v1/./customers',
    '/v1/customers/.acme',
    '/v1/customers/a%63me',
    '/v1/customers/acme%2Fclusters',
    '/v1/customers/acme;x=1',
    '/v1/customers/acmé',
    '/v1/customers/a b',
    '/v1/customers/acme\\clusters',
    'v1/customers',
    '',
  ])('%s is not, and is refused before anything is routed', (crooked) => {
    expect(isPlainPath(crooked)).toBe(false);
  });

  it('that is not plain reaches no store', async () => {
    const fleet = await given();

    await expectProblem(fleet.call('GET', '/v1/customers/a%63me'), { status: 400, code: 'invalid-path' });
    expect(fleet.faults.registry.calls).toEqual([]);
    expect(fleet.logged).toMatchObject([{ path: '/v1/customers/a%63me', status: 400 }]);
  });
});

describe('a route', () => {
  it.each(['/', '/v1', '/v1/nothing/here'])(
    'that does not exist, such as %s, leads to the contract',
    async (nowhere) => {
      const fleet = await given();

      const problem = await expectProblem(fleet.call('GET', nowhere), { status: 404, code: 'not-found' });

      expect(problem['detail']).toBe('There is no such resource: /prod/openapi.yaml describes all that there are.');
    },
  );
});

describe('an error', () => {
  it('that nobody expected is 500 with the request id and no internals; the log has the rest', async () => {
    const fleet = await given();
    const error = new TypeError('table fleet-secret in account 999988887777');
    fleet.faults.registry.fail('getCustomer', { when: 'before', error });

    const answer = await fleet.call('GET', path);
    const problem = await expectProblem(answer, { status: 500, code: 'internal-error' });

    expect(JSON.stringify(problem)).not.toMatch(/fleet-secret|TypeError|999988887777/);
    expect(fleet.logged).toContainEqual({ requestId: problem['requestId'], error });
  });

  it('of a store that does not answer now is 503 with Retry-After', async () => {
    const fleet = await given();
    fleet.faults.registry.fail('getCustomer', { when: 'before', error: unavailable('dynamodb') });

    const answer = await fleet.call('GET', path);

    expect(answer.headers.get('retry-after')).toBe('2');
    const problem = await expectProblem(answer, { status: 503, code: 'service-unavailable' });
    expect(JSON.stringify(problem)).not.toContain('come back later');
  });

  it('of a store that refuses us is 500', async () => {
    const fleet = await given();
    const error = new OutsideCallError({ system: 'dynamodb', failure: 'forbidden', attempted: 'read', answer: 'no' });
    fleet.faults.registry.fail('getCustomer', { when: 'before', error });

    await expectProblem(fleet.call('GET', path), { status: 500, code: 'internal-error' });
  });

  it.each(Object.entries(errorCodes))('%s has a status of its own kind and a title', (code, { status, title }) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(title).not.toBe('');
  });

  it('has a stable type', () => {
    expect(problemOf(new Error('x'), 'request-1')).toEqual({
      type: 'urn:fleet-api:problem:internal-error',
      title: 'The request failed on our side',
      status: 500,
      detail: expect.any(String) as unknown,
      code: 'internal-error',
      requestId: 'request-1',
    });
  });
});

describe('every answer', () => {
  it('carries its request id, and one line of the log tells of it', async () => {
    const fleet = await given();

    const answer = await fleet.call('PUT', path, { body: customerSpec });

    expect(answer.headers.get('x-request-id')).toBe('request-1');
    const line = { requestId: 'request-1', caller, method: 'PUT', path, status: 201 };
    expect(fleet.logged).toContainEqual({ ...line, milliseconds: expect.any(Number) as unknown });
  });

  it('of a refusal is told of in the log, too', async () => {
    const fleet = await given();

    await fleet.call('GET', path);

    expect(fleet.logged).toMatchObject([{ path, status: 404 }]);
  });
});
