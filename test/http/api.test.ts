import { describe, expect, it } from 'vitest';
import { errorCodes, OutsideCallError } from '../../src/errors.ts';
import { isPlainPath } from '../../src/http/path-guard.ts';
import { problemOf } from '../../src/http/problem.ts';
import { maxBodyBytes } from '../../src/http/request-body.ts';
import { unavailable } from '../support/faults.ts';
import { useDynalite } from '../support/fleet-table.ts';
import { acme, caller, clusterPath, customerSpec, makeFleet } from '../support/fleet.ts';
import { expectProblem } from '../support/problems.ts';

const dynamo = useDynalite();
const given = async () => makeFleet(await dynamo.table());
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

  it.each(['/v1/customers/a%63me', '/v1//customers/acme', '/v1/customers/acme/'])(
    '%s is answered with 400 or 404, never with a resource',
    async (crooked) => {
      const fleet = await given();
      await fleet.register();

      const answer = await fleet.call('GET', crooked);

      expect([400, 404]).toContain(answer.status);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    },
  );

  it('that is not plain reaches no store', async () => {
    const fleet = await given();

    await expectProblem(fleet.call('GET', '/v1/customers/a%63me'), { status: 400, code: 'invalid-path' });
    expect(fleet.faults.registry.calls).toEqual([]);
    expect(fleet.logged).toMatchObject([{ path: '/v1/customers/a%63me', status: 400 }]);
  });

  it.each(['Acme', '-acme', 'acme-', 'a.b', 'a_b', 'x'.repeat(64)])('with the id %s is not valid', async (id) => {
    const fleet = await given();

    await expectProblem(fleet.call('GET', `/v1/customers/${id}`), { status: 400, code: 'invalid-request' });
  });
});

describe('a route', () => {
  it('that does not exist is not found', async () => {
    const fleet = await given();

    await expectProblem(fleet.call('GET', '/v1/nothing/here'), { status: 404, code: 'not-found' });
    await expectProblem(fleet.call('GET', '/'), { status: 404, code: 'not-found' });
  });

  it.each([
    ['PATCH', path, 'GET, PUT'],
    ['POST', clusterPath, 'GET, PUT'],
    ['GET', `${clusterPath}/bootstrap`, 'POST'],
    ['PUT', `${clusterPath}/flux`, 'GET'],
    ['DELETE', `${path}/operations/op-1`, 'GET'],
  ])('does not take %s %s: 405 with Allow: %s', async (method, url, allow) => {
    const fleet = await given();

    const answer = await fleet.call(method, url);

    expect(answer.headers.get('allow')).toBe(allow);
    await expectProblem(answer, { status: 405, code: 'method-not-allowed' });
  });
});

describe('a body', () => {
  it('that is not JSON is refused, by its type or by its text', async () => {
    const fleet = await given();
    const body = JSON.stringify(customerSpec);

    await expectProblem(fleet.call('PUT', path, { body, headers: { 'content-type': 'text/plain' } }), {
      status: 415,
      code: 'unsupported-media-type',
    });
    await expectProblem(fleet.call('PUT', path, { body: '{"displayName":' }), { status: 400, code: 'invalid-request' });
    await expectProblem(fleet.call('PUT', path, { body: '[]' }), { status: 400, code: 'invalid-request' });
    await expectProblem(fleet.call('PUT', path), { status: 400, code: 'invalid-request' });
  });

  it('takes application/json with its parameters', async () => {
    const fleet = await given();
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' };

    expect((await fleet.call('PUT', path, { body: customerSpec, headers })).status).toBe(201);
  });

  it('that is too large is refused, whether it says so or not', async () => {
    const fleet = await given();
    const tooLarge = { status: 413, code: 'payload-too-large' };

    await expectProblem(
      fleet.call('PUT', path, { body: customerSpec, headers: { 'content-length': String(maxBodyBytes + 1) } }),
      tooLarge,
    );
    const body = { ...customerSpec, displayName: 'é'.repeat(maxBodyBytes / 2) };
    await expectProblem(fleet.call('PUT', path, { body }), tooLarge);
  });

  it('of a bootstrap may be left out, and has no other fields', async () => {
    const fleet = await given();
    await fleet.register();

    const problem = await expectProblem(fleet.call('POST', `${clusterPath}/bootstrap`, { body: { force: true } }), {
      status: 400,
      code: 'invalid-request',
    });

    expect(problem['errors']).toMatchObject([{ pointer: '/force' }]);
    expect((await fleet.call('POST', `${clusterPath}/bootstrap`)).status).toBe(202);
  });
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

  it('to another customer is the same as of what does not exist, with no call to the outside', async () => {
    const fleet = await given();
    await fleet.register();
    await fleet.call('PUT', '/v1/customers/other', {
      body: { ...customerSpec, repository: { ...customerSpec.repository, ...acme, name: 'other' } },
    });

    const routes = [
      ['GET', '/clusters/production'],
      ['GET', '/clusters/production/flux'],
      ['POST', '/clusters/production/bootstrap'],
      ['GET', '/accounts/111122223333'],
    ] as const;
    for (const [method, route] of routes) {
      const theirs = await expectProblem(fleet.call(method, `/v1/customers/other${route}`), {
        status: 404,
        code: 'not-found',
      });
      const missing = await expectProblem(fleet.call(method, `/v1/customers/nobody${route}`), {
        status: 404,
        code: 'not-found',
      });
      expect(Object.keys(theirs)).toEqual(Object.keys(missing));
    }
    expect([...fleet.faults.eks.calls, ...fleet.faults.git.calls, ...fleet.faults.engine.calls]).toEqual([]);
  });
});
