import { describe, expect, it } from 'vitest';
import { maxBodyBytes } from '../../src/http/request-body.ts';
import { pathParameters } from '../../src/http/path-parameters.ts';
import type { RouteText } from '../../src/http/route.ts';
import { ask, expectNothingOutside, expectNothingReached, newSpecs, worldOf } from '../support/every-route.ts';
import type { ValidCall } from '../support/every-route.ts';
import { unavailable } from '../support/faults.ts';
import type { Fleet } from '../support/fleet.ts';
import { putCustomer, useFleets } from '../support/route-fleet.ts';
import { routeSpecs } from '../support/route-specs.ts';

/** Every operation of the API → a call of it that goes well. */
const calls: Readonly<Record<string, ValidCall>> = {
  listCustomers: { given: 'registered', status: 200 },
  getCustomer: { given: 'registered', status: 200 },
  putCustomer: { given: 'registered', status: 200, body: newSpecs.customer },
  deleteCustomer: { given: 'customer', status: 204 },
  listAccounts: { given: 'registered', status: 200 },
  getAccount: { given: 'registered', status: 200 },
  putAccount: { given: 'registered', status: 200, body: newSpecs.account },
  deleteAccount: { given: 'account', status: 204 },
  listClusters: { given: 'registered', status: 200 },
  listFleetClusters: { given: 'registered', status: 200 },
  getCluster: { given: 'registered', status: 200 },
  putCluster: { given: 'registered', status: 200, body: newSpecs.cluster },
  deleteCluster: { given: 'registered', status: 204 },
  bootstrapCluster: { given: 'registered', status: 202, body: {} },
  planBootstrap: { given: 'registered', status: 200, body: {} },
  getFlux: { given: 'registered', status: 200 },
  listDeployKeys: { given: 'registered', status: 200 },
  listEcrGrants: { given: 'granted', status: 200 },
  getEcrGrant: { given: 'granted', status: 200 },
  putEcrGrant: { given: 'granted', status: 202, body: newSpecs.grant },
  deleteEcrGrant: { given: 'granted', status: 202 },
  planEcrGrant: { given: 'granted', status: 200, body: newSpecs.grant },
  getEcrAccess: { given: 'account', status: 200, query: 'repository=team/api' },
  verifyEcrGrant: { given: 'granted', status: 200 },
  listEcrGrantRepositories: { given: 'granted', status: 200 },
  listEcrPolicyHistory: { given: 'granted', status: 200, query: 'repository=team/api' },
  restoreEcrPolicy: { given: 'granted', status: 202, query: 'repository=team/api' },
  listOperations: { given: 'operating', status: 200 },
  listFleetOperations: { given: 'operating', status: 200 },
  getOperation: { given: 'operating', status: 200 },
  cancelOperation: { given: 'operating', status: 202 },
  listEvents: { given: 'operating', status: 200 },
  getContract: { given: 'empty', status: 200 },
};

const fleets = useFleets();
const specs = routeSpecs();

function validCall({ operationId }: RouteText): ValidCall {
  const call = calls[operationId];
  if (!call) throw new Error(`${operationId} is missing in the table above`);
  return call;
}

const asked = ({ method }: RouteText, path: string, { body, query }: Pick<ValidCall, 'body' | 'query'>) => {
  const whole = query === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`;
  return body === undefined ? { method, path: whole } : { method, path: whole, body };
};

const parametersOf = ({ path }: RouteText) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

const table = (fits: (spec: RouteText) => boolean = () => true) =>
  specs.filter(fits).map((spec) => [spec.operationId, spec] as const);

const underCustomer = (spec: RouteText) => parametersOf(spec).includes('customer');
const isList = (spec: RouteText) => spec.problems.includes('invalid-page-token');

it('has every operation of the API in its table, and no other', () => {
  expect(Object.keys(calls).toSorted()).toEqual(specs.map(({ operationId }) => operationId).toSorted());
});

describe('called as it should be', () => {
  it.each(table())('%s answers with its request id, and shows no secret', async (operationId, spec) => {
    const { fleet, pathOf } = await worldOf(fleets, validCall(spec));
    const { externalId } = (await fleet.registry.getCustomer('acme')) ?? {};

    const { answer, text } = await ask(fleet, asked(spec, pathOf(spec), validCall(spec)));

    expect(answer.status, text).toBe(validCall(spec).status);
    // The account's owner needs it, and nobody else.
    if (!/^(list|get|put)Accounts?$/.test(operationId)) expect(text).not.toContain(`"${externalId}"`);
  });

  it.each(table(({ method }) => method === 'GET'))('%s answers HEAD as GET, without a body', async (_, spec) => {
    const { fleet, pathOf } = await worldOf(fleets, validCall(spec));

    const { answer, text } = await ask(fleet, { ...asked(spec, pathOf(spec), validCall(spec)), method: 'HEAD' });

    expect([answer.status, text]).toEqual([200, '']);
  });
});

describe('a path', () => {
  const crooked = [
    ...['Acme', '-acme', 'acme-', 'a.b', 'a_b', 'x'.repeat(64), 'acme.', '111122223333.', 'op_1', 'OP-1', 'op-'],
  ];

  it.each(table((spec) => parametersOf(spec).length > 0))(
    '%s names each id that cannot be one, and asks nobody',
    async (_, spec) => {
      const { fleet, pathOf } = await worldOf(fleets, { given: 'empty' });

      for (const name of parametersOf(spec)) {
        const { pattern } = pathParameters[name as keyof typeof pathParameters];
        const invalid = crooked.filter((id) => !pattern.test(id));
        expect(invalid.length).toBeGreaterThan(5);
        for (const id of invalid) {
          const path = pathOf(spec, { operation: 'op-1', [name]: id });
          const { problem } = await ask(fleet, asked(spec, path, validCall(spec)));
          expect(problem).toMatchObject({ status: 400, code: 'invalid-request', errors: [{ parameter: name }] });
        }
      }

      expectNothingReached(fleet);
    },
  );

  it.each(table())('%s is not reached by another spelling of its path', async (_, spec) => {
    const { fleet, pathOf } = await worldOf(fleets, validCall(spec));
    const path = pathOf(spec);

    const spellings = [
      ...[`${path}/`, `/${path}`, path.replace(/\/(?=[^/]+$)/, '//'), path.replace(/.$/, '%$&')],
      ...[path.replace(/\/(?=[^/]+$)/, '%2F'), path.toUpperCase(), `${path}%00`, `${path};x=1`, `${path}%20`],
      ...[path.replace(/[a-z](?=[^/]*$)/, (letter) => `%${letter.charCodeAt(0).toString(16)}`), `${path}%252e`],
    ];
    for (const spelling of spellings.filter((other) => other !== path)) {
      const { answer } = await ask(fleet, asked(spec, spelling, validCall(spec)));
      expect([400, 404], spelling).toContain(answer.status);
    }

    expectNothingReached(fleet);
  });

  it.each(table())('%s says which methods its path takes', async (_, spec) => {
    const { fleet, pathOf } = await worldOf(fleets, validCall(spec));
    const methods = new Set<string>(specs.filter(({ path }) => path === spec.path).map(({ method }) => method));
    if (methods.has('GET')) methods.add('HEAD');

    for (const method of ['DELETE', 'GET', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY']) {
      if (methods.has(method)) continue;
      const { answer, problem } = await ask(fleet, { method, path: pathOf(spec) });
      expect(problem).toMatchObject({ status: 405, code: 'method-not-allowed' });
      expect(answer.headers.get('allow')).toBe([...methods].toSorted().join(', '));
    }

    expectNothingReached(fleet);
  });
});

describe('a query', () => {
  it.each(table())('%s names a parameter that it does not know, and asks nobody', async (_, spec) => {
    const { fleet, pathOf } = await worldOf(fleets, validCall(spec));

    for (const name of ['unknown', 'pagesize', 'constructor', '__proto__', 'toString']) {
      const { problem } = await ask(fleet, asked(spec, `${pathOf(spec)}?${name}=1`, validCall(spec)));
      expect(problem, name).toMatchObject({ status: 400, code: 'invalid-request', errors: [{ parameter: name }] });
    }

    expectNothingReached(fleet);
  });

  it.each(table(isList))('%s takes a page size from 1 to 200', async (_, spec) => {
    const { fleet, pathOf } = await worldOf(fleets, validCall(spec));

    for (const size of ['0', '201', '-1', '1.5', 'ten', '', '1e2', '1&pageSize=2']) {
      const { problem } = await ask(fleet, asked(spec, `${pathOf(spec)}?pageSize=${size}`, validCall(spec)));
      expect(problem, size).toMatchObject({ code: 'invalid-request', errors: [{ parameter: 'pageSize' }] });
    }
    for (const size of ['1', '200']) {
      const { answer } = await ask(fleet, asked(spec, `${pathOf(spec)}?pageSize=${size}`, validCall(spec)));
      expect(answer.status).toBe(200);
    }
  });

  it.each(table(isList))('%s refuses a page token that it never gave', async (_, spec) => {
    const { fleet, pathOf } = await worldOf(fleets, validCall(spec));

    for (const token of ['', 'x', 'bnVsbA', 'WyJ4IiwiYSJd', '%00', encodeURIComponent('["a","b"]')]) {
      const { problem } = await ask(fleet, asked(spec, `${pathOf(spec)}?pageToken=${token}`, validCall(spec)));
      expect(problem, token).toMatchObject({ code: 'invalid-page-token', errors: [{ parameter: 'pageToken' }] });
    }
    const { problem } = await ask(fleet, asked(spec, `${pathOf(spec)}?pageToken=${'x'.repeat(1001)}`, validCall(spec)));
    expect(problem).toMatchObject({ code: 'invalid-request', errors: [{ parameter: 'pageToken' }] });
  });
});

describe('a body', () => {
  const withBody = table(({ body }) => body !== undefined);
  /** Sends bodies to the route. */
  const sender = async (spec: RouteText) => {
    const { fleet, pathOf } = await worldOf(fleets, validCall(spec));
    const request = { method: spec.method, path: pathOf(spec) };
    return { fleet, send: (body: unknown, headers = {}) => ask(fleet, { ...request, body, headers }) };
  };

  it.each(withBody)('%s names a field that it does not know', async (_, spec) => {
    const { fleet, send } = await sender(spec);
    const text = JSON.stringify(validCall(spec).body);

    for (const name of ['unknown', 'constructor', '__proto__', 'id', 'status']) {
      const body = text.replace(/^\{/, text === '{}' ? `{"${name}":{}` : `{"${name}":{},`);
      const { problem } = await send(body);
      expect(problem, name).toMatchObject({
        ...{ status: 400, code: 'invalid-request' },
        errors: [{ pointer: `/${name}`, detail: 'is not a field of this resource' }],
      });
    }

    expectNothingReached(fleet);
  });

  it.each(withBody)('%s takes a JSON object only', async (_, spec) => {
    const { fleet, send } = await sender(spec);

    for (const body of ['[]', 'null', '"text"', '7', 'true']) {
      const { problem } = await send(body);
      expect(problem, body).toMatchObject({ status: 400, code: 'invalid-request', errors: [{ pointer: '' }] });
    }
    for (const body of ['{"displayName":', '{]', '{}{}', 'displayName: Acme', '\u0000']) {
      const { problem } = await send(body);
      expect(problem, body).toMatchObject({ status: 400, code: 'invalid-request' });
    }

    expectNothingReached(fleet);
  });

  it.each(withBody)('%s takes application/json only, with parameters or without', async (_, spec) => {
    const { fleet, send } = await sender(spec);
    const { body, status } = validCall(spec);

    for (const type of ['text/plain', 'application/json-patch+json', 'application/x-www-form-urlencoded', '']) {
      const { problem } = await send(body, { 'content-type': type });
      expect(problem, type).toMatchObject({ status: 415, code: 'unsupported-media-type' });
    }
    expectNothingReached(fleet);

    const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect((await send(body, headers)).answer.status).toBe(status);
  });

  it.each(withBody)('%s takes no body that is too large, whether it says so or not', async (_, spec) => {
    const { fleet, send } = await sender(spec);
    const { body } = validCall(spec);
    const tooLarge = { status: 413, code: 'payload-too-large' };

    const said = await send(body, { 'content-length': String(maxBodyBytes + 1) });
    expect(said.problem).toMatchObject(tooLarge);
    const unsaid = await send({ ...body, padding: 'é'.repeat(maxBodyBytes / 2) });
    expect(unsaid.problem).toMatchObject(tooLarge);

    expectNothingReached(fleet);
  });

  it.each(table(({ body }) => body !== undefined && body.isOptional !== true))('%s needs one', async (_, spec) => {
    const { fleet, pathOf } = await worldOf(fleets, validCall(spec));

    const { problem } = await ask(fleet, { method: spec.method, path: pathOf(spec) });

    expect(problem).toMatchObject({ status: 400, code: 'invalid-request' });
    expectNothingReached(fleet);
  });
});

describe('a customer', () => {
  it.each(table((spec) => underCustomer(spec) && spec.operationId !== 'putCustomer'))(
    '%s finds nothing under one that is not registered, and asks nobody outside',
    async (_, spec) => {
      const { fleet, pathOf } = await worldOf(fleets, { given: 'operating' });
      const items = fleet.table.allItems();

      const { problem } = await ask(fleet, asked(spec, pathOf(spec, { customer: 'nobody' }), validCall(spec)));

      expect(problem).toMatchObject({ status: 404, code: 'not-found' });
      expectNothingOutside(fleet);
      expect(fleet.table.allItems()).toEqual(items);
    },
  );

  // A PUT declares what may be new to the other one, and so does its plan.
  const declares = ({ method, operationId }: RouteText) => method === 'PUT' || operationId === 'planEcrGrant';
  const ofResource = (spec: RouteText) => parametersOf(spec).length > 1 && !declares(spec);
  it.each(table(ofResource))(
    "%s answers about another customer's as about one that never was, and asks nobody outside",
    async (_, spec) => {
      const there = await worldOf(fleets, { given: 'operating' });
      const nowhere = await worldOf(fleets, { given: 'empty' });
      const path = there.pathOf(spec, { customer: 'other' });
      for (const { fleet } of [there, nowhere]) await putCustomer(fleet, 'other', { name: 'other' });
      const items = there.fleet.table.allItems();

      const theirs = await ask(there.fleet, asked(spec, path, validCall(spec)));
      const missing = await ask(nowhere.fleet, asked(spec, path, validCall(spec)));

      expect(theirs.problem).toMatchObject({ status: 404, code: 'not-found' });
      expect({ ...theirs.problem, requestId: '' }).toEqual({ ...missing.problem, requestId: '' });
      expectNothingOutside(there.fleet);
      expect(there.fleet.table.allItems()).toEqual(items);
    },
  );

  const ofCustomer = (spec: RouteText) => isList(spec) && underCustomer(spec) && parametersOf(spec).length === 1;
  it.each(table(ofCustomer))("%s lists nothing of another's", async (_, spec) => {
    const { fleet, pathOf } = await worldOf(fleets, { given: 'operating' });
    await putCustomer(fleet, 'other', { name: 'other', owner: 'other' });

    const { answer, text } = await ask(fleet, { method: 'GET', path: pathOf(spec, { customer: 'other' }) });

    expect(answer.status).toBe(200);
    expect(text).not.toContain('acme');
    expectNothingOutside(fleet);
  });
});

describe('a store', () => {
  const failAll = (fleet: Fleet, error: Error) => {
    for (const port of ['registry', 'operations', 'events'] as const) {
      const { fail } = fleet.faults[port];
      for (const method of Object.keys(fleet[port])) fail(method as never, { when: 'before', error });
    }
  };
  const asking = table(({ operationId }) => operationId !== 'getContract');

  it.each(asking)('that breaks is 500 for %s, with nothing of what broke but in the log', async (_, spec) => {
    const { fleet, pathOf } = await worldOf(fleets, validCall(spec));
    const error = new TypeError('table fleet-secret in account 999988887777');
    failAll(fleet, error);

    const { text, problem } = await ask(fleet, asked(spec, pathOf(spec), validCall(spec)));

    expect(problem).toMatchObject({ status: 500, code: 'internal-error' });
    expect(text).not.toMatch(/fleet-secret|999988887777/);
    expect(fleet.logged).toContainEqual({ requestId: problem['requestId'], error });
  });

  it.each(asking)('that does not answer is 503 for %s, which says to come again', async (_, spec) => {
    const { fleet, pathOf } = await worldOf(fleets, validCall(spec));
    failAll(fleet, unavailable('dynamodb'));

    const { answer, text, problem } = await ask(fleet, asked(spec, pathOf(spec), validCall(spec)));

    expect(problem).toMatchObject({ status: 503, code: 'service-unavailable' });
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(text).not.toContain('come back later');
  });
});
