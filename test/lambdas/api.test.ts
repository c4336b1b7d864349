import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { customerSpec } from '../support/fleet.ts';
import { useDynalite } from '../support/fleet-table.ts';
import { restEvent, type RestAnswer } from '../support/rest-event.ts';

const dynamo = useDynalite();

/** The deployed function: it reads its settings when it is loaded, so they are set before. */
let handler: (event: object, context: object) => Promise<RestAnswer>;
const directory = mkdtempSync(join(tmpdir(), 'lambda-api-'));
const before = { ...process.env };
const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);

beforeAll(async () => {
  const table = await dynamo.table();
  Object.assign(process.env, {
    ...{ AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.url(),
    FLEET_TABLE: table.name,
    FLEET_TRUSTED_PRINCIPAL_ARN: 'arn:aws:iam::999988887777:role/fleet-api',
    FLEET_GIT_HOSTS: JSON.stringify([
      {
        ...{
          name: 'git.example',
          kind: 'gitea',
          apiUrl: 'https://git.example/api/v1',
          sshUrl: 'ssh://git@git.example',
        },
        ...{ knownHosts: 'git.example ssh-ed25519 AAAA', tokenFile: join(directory, 'token') },
      },
    ]),
    FLEET_DISTRIBUTIONS_DIRECTORY: directory,
    FLEET_BOOTSTRAP_FUNCTION_ARN: 'arn:aws:lambda:eu-west-1:999988887777:function:bootstrap:live',
  });
  const loaded = await import('../../src/lambdas/api.ts');
  handler = loaded.handler as typeof handler;
});
afterAll(() => {
  output.mockRestore();
  for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, before);
  rmSync(directory, { recursive: true, force: true });
});

const path = '/v1/customers/acme';
const json = { 'content-type': 'application/json' };
const call = (event: Parameters<typeof restEvent>[0]) => handler(restEvent(event), {});
const headerOf = (answer: RestAnswer, name: string) => answer.headers?.[name] ?? answer.multiValueHeaders?.[name]?.[0];

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
    const body = JSON.stringify({ ...customerSpec, repository: { ...customerSpec.repository, name: 'second' } });

    const answer = await call({ method: 'PUT', ...own, headers: json, body });

    expect(headerOf(answer, 'location')).toBe('/v1/customers/second');
  });

  it.each([
    '/v1/customers/a%63me',
    '/v1//customers/acme',
    '/v1/customers/../customers/acme',
    '/v1/customers/acme%2fclusters',
  ])('refuses the path %s as the gateway gave it, before anything decodes it', async (crooked) => {
    const answer = await call({ method: 'GET', path: crooked });

    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'invalid-path', requestId: 'gateway-request-1' });
    expect(headerOf(answer, 'content-type')).toBe('application/problem+json');
  });

  it('answers 404 and 405 as problem documents', async () => {
    const missing = await call({ method: 'GET', path: '/v1/customers/nobody' });
    expect([missing.statusCode, headerOf(missing, 'content-type')]).toEqual([404, 'application/problem+json']);

    const notAllowed = await call({ method: 'PATCH', path, headers: json, body: '{}' });
    expect([notAllowed.statusCode, headerOf(notAllowed, 'allow')]).toEqual([405, 'GET, PUT']);
  });

  it('does not let a header or a query stand in for the path', async () => {
    const headers = { 'x-forwarded-path': '/v1/customers/nobody', 'x-original-url': '/v1/customers/nobody' };

    const answer = await call({ method: 'GET', path, headers, query: { path: '/v1/customers/nobody' } });

    expect(JSON.parse(answer.body)).toMatchObject({ id: 'acme' });
  });
});
