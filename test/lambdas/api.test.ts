import { afterAll, describe, expect, it, vi } from 'vitest';
import { customerSpec } from '../support/fleet.ts';
import { useServedDynalite } from '../support/fleet-table.ts';
import { headerOf, useLambdaHandlers } from '../support/lambda-handlers.ts';

const dynamo = useServedDynalite();
const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
afterAll(() => output.mockRestore());
const { api: call } = useLambdaHandlers(dynamo);

const path = '/v1/customers/acme';
const json = { 'content-type': 'application/json' };
const named = (name: string, displayName = 'Acme') =>
  JSON.stringify({ ...customerSpec, displayName, repository: { ...customerSpec.repository, name } });

describe('the function behind the gateway', () => {
  it('creates a resource, and its Location has the stage', async () => {
    const answer = await call({ method: 'PUT', path, headers: json, body: JSON.stringify(customerSpec) });

    expect(answer.statusCode, answer.body).toBe(201);
    expect(headerOf(answer, 'location')).toBe('/prod/v1/customers/acme');
    expect(headerOf(answer, 'x-request-id')).toBe('gateway-request-1');
    expect(JSON.parse(answer.body)).toMatchObject({ id: 'acme', spec: customerSpec });
    expect(answer.isBase64Encoded).toBe(false);
  });

  it('reads it with conditions, and takes a body in base64', async () => {
    const read = await call({ method: 'GET', path });
    expect(read.statusCode).toBe(200);

    const body = Buffer.from(JSON.stringify({ ...customerSpec, displayName: 'Ácme' })).toString('base64');
    const headers = { ...json, 'if-match': headerOf(read, 'etag') ?? '' };
    const changed = await call({ method: 'PUT', path, headers, body, isBase64Encoded: true });
    expect(JSON.parse(changed.body)).toMatchObject({ spec: { displayName: 'Ácme' } });
    expect(await call({ method: 'PUT', path, headers, body, isBase64Encoded: true })).toMatchObject({
      statusCode: 412,
    });
  });

  it('writes one line of its log a request, with the caller that the gateway authenticated', async () => {
    output.mockClear();

    await call({ method: 'GET', path });

    expect(output.mock.calls).toHaveLength(1);
    expect(JSON.parse(String(output.mock.calls[0]?.[0]))).toMatchObject({
      ...{ level: 'info', requestId: 'gateway-request-1', method: 'GET', path, status: 200 },
      caller: 'arn:aws:sts::999988887777:assumed-role/operator/session',
    });
  });

  it('has no stage in its paths behind a domain of its own', async () => {
    const own = { path: '/v1/customers/second', stagedPath: '/v1/customers/second' };

    const answer = await call({ method: 'PUT', ...own, headers: json, body: named('second') });

    expect(headerOf(answer, 'location')).toBe('/v1/customers/second');
  });

  it('answers 404 and 405 as problem documents', async () => {
    const missing = await call({ method: 'GET', path: '/v1/customers/nobody' });
    expect([missing.statusCode, headerOf(missing, 'content-type')]).toEqual([404, 'application/problem+json']);

    const notAllowed = await call({ method: 'PATCH', path, headers: json, body: '{}' });
    expect([notAllowed.statusCode, headerOf(notAllowed, 'allow')]).toEqual([405, 'DELETE, GET, HEAD, PUT']);
  });

  it('does not let a header stand in for the path, the method or the caller', async () => {
    output.mockClear();
    const headers = {
      ...{ 'x-forwarded-path': '/v1/customers/nobody', 'x-original-url': '/v1/customers/nobody' },
      ...{ 'x-http-method-override': 'DELETE', 'x-amzn-request-id': 'forged', 'x-request-id': 'forged' },
      'x-amzn-caller': 'arn:aws:iam::000000000000:root',
    };

    const answer = await call({ method: 'GET', path, headers });

    expect(JSON.parse(answer.body)).toMatchObject({ id: 'acme' });
    expect(headerOf(answer, 'x-request-id')).toBe('gateway-request-1');
    expect(String(output.mock.calls[0]?.[0])).not.toMatch(/forged|000000000000/);
  });

  it('does not let a query stand in for the path', async () => {
    const answer = await call({ method: 'GET', path, query: { path: '/v1/customers/nobody' } });

    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'invalid-request', errors: [{ parameter: 'path' }] });
  });

  it('hands on the contract as text', async () => {
    const answer = await call({ method: 'GET', path: '/openapi.yaml' });

    expect(answer).toMatchObject({ statusCode: 200, isBase64Encoded: false, body: 'openapi: 3.1.0\n' });
    expect(headerOf(answer, 'content-type')).toBe('application/yaml');
  });
});

describe('a request of an unusual shape', () => {
  it.each(['TRACE', 'CONNECT', 'TRACK', 'trace'])('of the method %s is 405', async (method) => {
    const answer = await call({ method, path });

    expect(answer.statusCode).toBe(405);
    expect(headerOf(answer, 'allow')).toBe('DELETE, GET, HEAD, POST, PUT');
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'method-not-allowed', requestId: 'gateway-request-1' });
  });

  it.each(['GET', 'HEAD'])('of the method %s may have a body, which is ignored', async (method) => {
    const answer = await call({ method, path, headers: json, body: 'not JSON' });

    expect(answer.statusCode).toBe(200);
  });

  it('takes each of the values of a header and a parameter that come several times', async () => {
    const clusters = `${path}/clusters`;
    const several = await call({ method: 'GET', path: clusters, multiQuery: { label: ['tier=gold', 'team=web'] } });
    expect([several.statusCode, JSON.parse(several.body)]).toEqual([200, { items: [] }]);

    const twice = await call({ method: 'GET', path: clusters, multiQuery: { region: ['a', 'b'] } });
    expect(JSON.parse(twice.body)).toMatchObject({ code: 'invalid-request', errors: [{ parameter: 'region' }] });

    const prefer = { prefer: ['respond-async', 'wait=1'] };
    const waited = await call({ method: 'GET', path: `${path}/operations/op-none`, multiHeaders: prefer });
    expect(waited.statusCode).toBe(404);
  });

  it.each(['Ácme', '日本', '\ud800'])('may have a header that nobody heeds with the value %o', async (note) => {
    const answer = await call({ method: 'GET', path, headers: { 'x-note': note } });

    expect(answer.statusCode).toBe(200);
  });

  it('requires all that the values of If-Match say', async () => {
    const multiHeaders = { ...{ 'content-type': ['application/json'] }, 'if-match': ['"one"', '"another"'] };

    const answer = await call({ method: 'PUT', path, multiHeaders, body: named('infrastructure', 'Theirs') });

    expect(answer.statusCode).toBe(412);
  });

  it('is 400 when its body in base64 is no JSON', async () => {
    const body = Buffer.from([0xff, 0xfe, 0x00]).toString('base64');

    const answer = await call({ method: 'PUT', path, headers: json, body, isBase64Encoded: true });

    expect([answer.statusCode, JSON.parse(answer.body)]).toMatchObject([400, { code: 'invalid-request' }]);
  });

  it('is 413 when its body in base64 is too large', async () => {
    const body = Buffer.from(named('infrastructure', 'x'.repeat(70_000))).toString('base64');

    const answer = await call({ method: 'PUT', path, headers: json, body, isBase64Encoded: true });

    expect(answer.statusCode).toBe(413);
  });

  it.each([
    ['a header with a name that none may have', { headers: { 'bad name': 'x' } }],
    ['a header with a value that none may have', { headers: { 'x-note': 'a\nb' } }],
    ['a parameter with half a character', { query: { region: '\ud800' } }],
    ['a method that is none', { method: 'G ET' }],
  ])('is a problem document for %s', async (_, request) => {
    const answer = await call({ method: 'GET', path, ...request });

    expect([400, 405]).toContain(answer.statusCode);
    expect(headerOf(answer, 'content-type')).toBe('application/problem+json');
    expect(JSON.parse(answer.body)).toMatchObject({ status: answer.statusCode, requestId: 'gateway-request-1' });
  });
});
