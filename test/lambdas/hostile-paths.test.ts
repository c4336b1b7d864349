import { afterAll, describe, expect, it, vi } from 'vitest';
import { useServedDynalite } from '../support/fleet-table.ts';
import { headerOf, useLambdaHandlers } from '../support/lambda-handlers.ts';
import type { RestAnswer, RestRequest } from '../support/rest-event.ts';
import { routeSpecs } from '../support/route-specs.ts';

/**
 * Callers are authorised by method and path, so a path that could be read in two ways must reach nothing. The events are
 * those of API Gateway's documentation (see `restEvent`); all services that the functions speak to are one server here,
 * which counts.
 */
const dynamo = useServedDynalite();
const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
afterAll(() => output.mockRestore());
const functions = useLambdaHandlers(dynamo);

const hostile = [
  // Up and around.
  ...[
    '/v1/customers/acme/..',
    '/v1/customers/acme/../other',
    '/v1/customers/../customers/acme',
    '/../v1/customers/acme',
  ],
  ...['/v1/customers/acme/.', '/v1/./customers/acme', '/v1/customers/.', '/v1/customers/..', '/..', '/.'],
  ...[
    '/v1/customers/acme/...',
    '/v1/customers/.acme',
    '/v1/customers/acme/..;/other',
    '/v1/customers/acme/..%00/other',
  ],
  // The same, encoded once or twice, in either case.
  ...['/v1/customers/acme/%2e%2e/other', '/v1/customers/acme/%2E%2E/other', '/v1/customers/acme/.%2e/other'],
  ...['/v1/customers/acme/%2e', '/v1/customers/acme/%252e%252e/other', '/v1/customers/acme/%c0%ae%c0%ae/other'],
  ...['/v1/customers/acme/%u002e%u002e/other', '/v1/customers/acme%2e%2e%2fother', '/v1/customers/acme/．．/other'],
  // Separators.
  ...[
    '//v1/customers/acme',
    '/v1//customers/acme',
    '/v1/customers//acme',
    '/v1/customers/acme//',
    '/v1/customers/acme/',
  ],
  ...['/v1/customers/acme%2Fclusters', '/v1/customers/acme%2fclusters', '/v1/customers%2Facme', '/v1%2Fcustomers/acme'],
  ...[
    '/v1/customers/acme%252Fclusters',
    '/v1\\customers\\acme',
    '/v1/customers\\acme',
    '/v1/customers/acme\\..\\other',
  ],
  ...[
    '/v1/customers/acme%5Cclusters',
    '/v1/customers/acme%5c..%5cother',
    '\\v1\\customers\\acme',
    '/v1/customers/acme∕x',
  ],
  // Letters written otherwise.
  ...['/v1/customers/a%63me', '/v1/customers/%61cme', '/V1/customers/acme', '/v1/Customers/acme', '/v1/customers/ACME'],
  ...[
    '/v1/customers/Acme',
    '/v1/customers/acmé',
    '/v1/customers/аcme',
    '/v1/customers/acm%C3%A9',
    '/v1/customers/acme\u200b',
  ],
  // What ends a string, a path or a line.
  ...['/v1/customers/acme%00', '/v1/customers/acme\u0000', '/v1/customers/acme%00.json', '/v1/customers/acme%0a'],
  ...['/v1/customers/acme\n', '/v1/customers/acme\r\nx: y', '/v1/customers/acme%0d%0aX:1', '/v1/customers/acme\u007f'],
  ...['/v1/customers/acme?x=1', '/v1/customers/acme%3Fx=1', '/v1/customers/acme#x', '/v1/customers/acme%23x'],
  ...[
    '/v1/customers/acme;x=1',
    '/v1/customers/acme%3Bx',
    '/v1/customers/acme,other',
    '/v1/customers/acme&x',
    '/v1/customers/*',
  ],
  // Trailing dots and blanks, which some systems drop.
  ...[
    '/v1/customers/acme.',
    '/v1/customers/acme..',
    '/v1/customers/acme...',
    '/v1/customers./acme',
    '/v1/customers/acme ',
  ],
  ...[
    '/v1/customers/acme%20',
    '/v1/customers/acme+',
    '/v1/customers/%20acme',
    ' /v1/customers/acme',
    '/v1/customers/acme\t',
  ],
  // Another host, nothing, much.
  ...['https://elsewhere.example/v1/customers/acme', '//elsewhere.example/v1/customers/acme', '@elsewhere.example/v1'],
  ...['', '/', 'v1/customers/acme', '*', '/v1/customers/%', '/v1/customers/%zz', '/v1/customers/{customer}'],
  ...['/v1/customers/~acme', '/v1/customers/$acme', `/v1/customers/${'a'.repeat(64)}`, `/${'a/'.repeat(4000)}`],
];

type FunctionName = keyof typeof functions;

/** The answer, and how many requests any service has got meanwhile. */
async function reach(name: FunctionName, request: RestRequest): Promise<{ answer: RestAnswer; reached: number }> {
  const before = dynamo.requestCount();
  const answer = await functions[name](request);
  return { answer, reached: dynamo.requestCount() - before };
}

function expectRefused({ answer, reached }: { answer: RestAnswer; reached: number }, what: string): void {
  expect(reached, what).toBe(0);
  expect([400, 404], what).toContain(answer.statusCode);
  expect(headerOf(answer, 'content-type'), what).toBe('application/problem+json');
  expect(headerOf(answer, 'x-request-id'), what).toBe('gateway-request-1');
  const problem: unknown = JSON.parse(answer.body);
  expect(problem, what).toMatchObject({ status: answer.statusCode, requestId: 'gateway-request-1' });
  // What could be read in two ways is told apart from what merely is not there.
  const isAmbiguous = /[^A-Za-z0-9/._-]|\/\/|\/\./.test(what);
  if (isAmbiguous) expect(problem, what).toMatchObject({ status: 400, code: 'invalid-path' });
}

/** What stands in the path for each function, so that the hostile part comes before the right ending as well. */
const endings = { api: '', inspect: '/clusters/production/flux' } as const;

describe.each(['api', 'inspect'] as const)('the function %s', (name) => {
  it('asks its store for a path that is plain, so that reaching it would be seen', async () => {
    const { reached } = await reach(name, { method: 'GET', path: `/v1/customers/acme${endings[name]}` });

    expect(reached).toBeGreaterThan(0);
  });

  it.each(hostile)('refuses %j and asks nobody', async (path) => {
    for (const whole of new Set([path, `${path}${endings[name]}`])) {
      expectRefused(await reach(name, { method: 'GET', path: whole }), whole);
    }
  });

  it('refuses them for every method, with a body or without', async () => {
    const headers = { 'content-type': 'application/json' };

    for (const path of hostile.slice(0, 40)) {
      for (const method of ['PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS']) {
        const { answer, reached } = await reach(name, { method, path, headers, body: '{}' });
        expect([reached, answer.statusCode < 500 && answer.statusCode >= 400], `${method} ${path}`).toEqual([0, true]);
      }
    }
  });
});

describe('the path with the stage', () => {
  const plain = '/v1/customers/acme';

  it.each(hostile.filter((path) => path !== '').map((path) => `/prod${path}`))(
    'is refused when it alone is crooked: %j',
    async (stagedPath) => {
      expectRefused(await reach('api', { method: 'GET', path: plain, stagedPath }), stagedPath);
    },
  );

  it.each([
    ...['/prod/v1/customers/other', '/prod/v1/customers/acme/clusters', '/prod', '/prod/', '/v1/customers/other'],
    ...['/prod/v1/customers/other/v1/customers/acme', '/prod/x/v1/customers/acme', '/prodv1/customers/acme'],
  ])('is refused when it is that of another resource: %s', async (stagedPath) => {
    expectRefused(await reach('api', { method: 'GET', path: plain, stagedPath }), stagedPath);
  });

  it('is refused when the path alone is another', async () => {
    const request = { method: 'GET', path: '/v1/customers/other', stagedPath: `/prod${plain}` };

    expectRefused(await reach('api', request), request.path);
  });
});

describe('every route', () => {
  const crooked = [
    ...['..', '.', '%2e%2e', '%2E%2E', '..%2f..', '%2F', '\\', '%5c', '%00', 'a%00', '%', 'a b', 'é', 'a.', 'A', '...'],
  ];

  it.each(
    routeSpecs()
      .filter(({ path }) => path.includes('{'))
      .map(({ method, path, operationId, tag }) => [operationId, { method, path, tag }] as const),
  )('%s is not reached with a crooked id', async (_, { method, path }) => {
    const ids: Readonly<Record<string, string>> = {
      ...{ customer: 'acme', account: '111122223333', cluster: 'production', operation: 'op-1' },
    };

    for (const name of [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = '']) => parameter)) {
      for (const id of crooked) {
        const whole = path.replaceAll(/\{(\w+)\}/g, (__, parameter: string) =>
          parameter === name ? id : (ids[parameter] ?? ''),
        );
        expectRefused(await reach('api', { method, path: whole }), whole);
        expectRefused(await reach('inspect', { method, path: whole }), whole);
      }
    }
  });
});
