/** How each route is called when all is well; the common cases are this call with one thing wrong. */
import { expect } from 'vitest';
import type { RouteText } from '../../src/http/route.ts';
import { account, type CallOptions, clusterSpec, customerSpec, type Fleet, grantSpec } from './fleet.ts';
import {
  type Fleets,
  keepPolicy,
  keptPolicy,
  putAccount,
  putCustomer,
  putGrant,
  type RouteFleet,
  runToEnd,
  startBootstrap,
} from './route-fleet.ts';

export interface ValidCall {
  /**
   * What there is before: nothing, a customer, its account as well, its cluster as well, an accepted bootstrap as well;
   * or, beside the account, a grant that was applied, and a former policy of a repository.
   */
  readonly given: 'empty' | 'customer' | 'account' | 'registered' | 'operating' | 'granted';
  readonly status: number;
  readonly body?: object;
  /** What the route has to be told there. */
  readonly query?: string;
}

export interface RouteWorld {
  readonly fleet: RouteFleet;
  /** The route's path with the ids of what there is; some of them another. */
  readonly pathOf: (spec: RouteText, ids?: Readonly<Record<string, string>>) => string;
}

/** What the call needs is there. */
export async function worldOf(fleets: Fleets, { given }: Pick<ValidCall, 'given'>): Promise<RouteWorld> {
  const fleet = given === 'registered' || given === 'operating' ? await fleets.registered() : await fleets.empty();
  if (given !== 'empty' && given !== 'registered' && given !== 'operating') await putCustomer(fleet);
  if (given === 'account' || given === 'granted') await putAccount(fleet);
  if (given === 'granted') {
    await runToEnd(fleet, (await putGrant(fleet)).id);
    await keepPolicy(fleet);
  }
  const operation = given === 'operating' ? (await startBootstrap(fleet)).id : 'op-none';
  const present: Readonly<Record<string, string>> = {
    ...{ customer: 'acme', account },
    cluster: 'production',
    ...{ grant: 'staging-pull', region: keptPolicy.registry.region, version: keptPolicy.id, operation },
  };
  for (const { calls } of Object.values(fleet.faults)) calls.length = 0;
  fleet.logged.length = 0;
  return {
    fleet,
    pathOf: ({ path }, ids = {}) =>
      path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? present[name] ?? `no ${name}`),
  };
}

export const newSpecs = {
  customer: { ...customerSpec, displayName: 'Acme Ltd' },
  account: { alias: 'live' },
  cluster: { ...clusterSpec, environment: 'a' },
  grant: { ...grantSpec, access: 'push' },
} as const;

export interface Asked {
  readonly answer: Response;
  readonly text: string;
  readonly problem: Readonly<Record<string, unknown>>;
}

/** Calls, and checks what holds of every answer: its request id, one line in the log, and nothing of our insides. */
export async function ask(fleet: Fleet, request: CallOptions & { method: string; path: string }): Promise<Asked> {
  const { method, path, ...options } = request;
  const answer = await fleet.call(method, path, options);
  const text = await answer.text();
  const requestId = answer.headers.get('x-request-id');
  expect(requestId).toMatch(/^request-\d+$/);
  expect(fleet.logged).toContainEqual(expect.objectContaining({ requestId, method, status: answer.status }));
  expect(text).not.toMatch(/\n\s+at |\.ts:\d|node_modules|PRIVATE KEY|TypeError/);
  if (answer.status < 400 || method === 'HEAD') return { answer, text, problem: {} };
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const problem = JSON.parse(text) as Record<string, unknown>;
  expect(problem).toMatchObject({ status: answer.status, requestId });
  return { answer, text, problem };
}

/** No call has left for AWS, the Git host, a cluster or the engine. */
export function expectNothingOutside({ faults }: Fleet): void {
  const { git, eks, ecr, iam, kubernetes, engine } = faults;
  expect([...git.calls, ...eks.calls, ...ecr.calls, ...iam.calls, ...kubernetes.calls, ...engine.calls]).toEqual([]);
}

/** Nor has anything been asked of the store. */
export function expectNothingReached(fleet: Fleet): void {
  expectNothingOutside(fleet);
  const { registry, operations, events } = fleet.faults;
  expect([...registry.calls, ...operations.calls, ...events.calls]).toEqual([]);
}
