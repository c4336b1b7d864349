/** Many onboardings at once, on the simulated GitHub with its documented limits, the clock moved by hand. */
import { expect, it } from 'vitest';
import { createGitHubApi } from '../../sandbox/simulators/github/github-api.ts';
import { createGitHubWorld } from '../../sandbox/simulators/github/github-world.ts';
import { busiestSpan, callers, requestsBeforeRetryAfter } from '../../sandbox/simulators/github/rate-limits.ts';
import { faultBody } from '../../sandbox/simulators/faults.ts';
import type { Item, FleetTable } from '../../src/adapters/fleet-table.ts';
import { createDynamoRequestBudget } from '../../src/adapters/dynamodb-request-budget.ts';
import { createGitHubGitHost } from '../../src/adapters/github-git-host.ts';
import { generateKeyPair } from '../../src/adapters/ssh-key-pairs.ts';
import { OutsideCallError } from '../../src/errors.ts';
import type { GitHost } from '../../src/ports/git-host.ts';
import { appKeyPair } from '../support/app-key-pair.ts';
const never = new AbortController().signal;
const { publicKey, privateKey } = appKeyPair();
const start = Date.parse('2027-01-01T00:00:00.000Z');

/** One onboarding: its commit, then its key. */
interface Onboarding {
  readonly name: string;
  atMs: number;
  stepsLeft: ('commit' | 'key')[];
  postponed: number;
  /** Attempts of the step that failed otherwise. */
  failed: number;
}

/** The budget's own contract runs on DynamoDB; here it is asked thousands of times. */
function memoryTable(): Pick<FleetTable, 'get' | 'put' | 'update'> {
  const items = new Map<string, Item>();
  return {
    get: ({ pk }) => Promise.resolve(items.get(pk)),
    put(item, { values }) {
      const isAsRead = items.get(item.pk)?.['version'] === values?.[':version'];
      if (isAsRead) items.set(item.pk, item);
      return Promise.resolve(isAsRead);
    },
    /** Only pauses are written so. */
    update({ pk }, { values }) {
      const item = items.get(pk);
      const pausedUntilMs = Number(values?.[':until']);
      const isLater = pausedUntilMs > Number(item?.['pausedUntilMs'] ?? 0);
      if (isLater) items.set(pk, { ...item, pausedUntilMs, version: Number(item?.['version'] ?? 0) + 1 });
      return Promise.resolve(isLater);
    },
  };
}

function givenStorm(count: number, limits: object = {}) {
  let nowMs = start;
  const now = () => new Date(nowMs);
  const world = createGitHubWorld({ now });
  if (world.limits !== 'off') world.limits = { ...world.limits, ...limits };
  world.registerApp({ appId: '77', publicKeyPem: publicKey });
  world.createOwner('acme');
  const installation = world.installApp('acme', {
    repositories: 'all',
    permissions: { contents: 'write', administration: 'write' },
  });
  const api = createGitHubApi(world);
  const table = memoryTable();
  // Two functions: they share the table and nothing else.
  const randomBelow = (limit: number): number => limit - 1;
  const hosts = [1, 2].map(() =>
    createGitHubGitHost({
      ...{ apiUrl: 'http://github.test', sshUrlBase: 'ssh://git@github.test', knownHosts: '', appId: '77' },
      ...{ appKey: () => Promise.resolve(privateKey), now },
      fetch: async (url, init) => api.request(url, init),
      budget: createDynamoRequestBudget(table, { now, randomBelow }),
      randomBelow,
    }),
  );
  const onboardings = Array.from({ length: count }, (_, index): Onboarding => {
    const name = `r-${index}`;
    world.createRepository({ owner: 'acme', name, files: { 'README.md': 'hello\n' } });
    return { name, atMs: start + index, stepsLeft: ['commit', 'key'], postponed: 0, failed: 0 };
  });
  const runAll = async () => {
    const open = [...onboardings];
    let attempts = 0;
    while (open.length > 0) {
      open.sort((one, other) => one.atMs - other.atMs);
      const next = open[0] as Onboarding;
      nowMs = Math.max(nowMs, next.atMs);
      attempts += 1;
      await attempt(hosts[attempts % 2] as GitHost, next, nowMs);
      if (next.stepsLeft.length === 0) open.shift();
    }
    return { minutes: (nowMs - start) / 60_000 };
  };
  return { world, caller: callers.installation(installation), onboardings, runAll };
}

/** One attempt of a step, and when the workflow would come back to it. */
async function attempt(host: GitHost, one: Onboarding, nowMs: number): Promise<void> {
  const address = { owner: 'acme', name: one.name, job: one.name };
  try {
    await (one.stepsLeft[0] === 'commit' ? commit(host, address) : addKey(host, address));
    one.stepsLeft.shift();
    one.failed = 0;
    one.atMs = nowMs + 1000;
    if (one.stepsLeft.length === 0) await host.endJob(one.name);
  } catch (error) {
    if (!(error instanceof OutsideCallError) || !error.retryable) throw error;
    if (error.retryAfterSeconds === undefined) {
      one.failed += 1;
      one.atMs = nowMs + 1000 * Math.min(2 ** (one.failed - 1), 30);
    } else {
      one.postponed += 1;
      one.atMs = nowMs + 1000 * error.retryAfterSeconds;
    }
    expect(one.failed).toBeLessThan(8);
  }
}

async function commit(host: GitHost, address: { owner: string; name: string; job: string }): Promise<void> {
  const inspected = await host.inspectRepository(address, 'main', never);
  expect(inspected.kind).toBe('found');
  const last = await host.lastCommit(address, { branch: 'main', path: 'flux' }, never);
  // By an earlier attempt whose answer was lost.
  if (last) return;
  const changes = [{ path: 'flux/gotk-sync.yaml', content: address.name }];
  const request = { branch: 'main', message: `Set up Flux\n\nFleet-Operation: ${address.job}`, changes };
  expect((await host.commitFiles(address, request, never)).kind).toBe('committed');
}

async function addKey(host: GitHost, address: { owner: string; name: string; job: string }): Promise<void> {
  if ((await host.listDeployKeys(address, never)).length > 0) return;
  const key = { title: address.name, publicKey: generateKeyPair().publicKey };
  expect((await host.addDeployKey(address, key, never)).kind).toBe('added');
}

type Storm = ReturnType<typeof givenStorm>;

function expectWithinLimits({ world, caller }: Storm): void {
  const busiest = (minutes: number) => busiestSpan(world.requests, { caller, spanMilliseconds: minutes * 60_000 });
  expect(busiest(1)).toBeLessThanOrEqual(80);
  expect(busiest(60)).toBeLessThanOrEqual(500);
  expect(requestsBeforeRetryAfter(world.requests)).toEqual([]);
}

function expectOneEach({ world, onboardings }: Storm): void {
  const made = (action: string) => world.history.filter((happening) => happening.action === action).length;
  expect(made('github:UpdateRef')).toBe(onboardings.length);
  expect(made('github:CreateDeployKey')).toBe(onboardings.length);
}

it('lets 200 onboardings of one installation finish, within GitHub’s limits', { timeout: 60_000 }, async () => {
  const storm = givenStorm(200);

  const { minutes } = await storm.runAll();

  expectWithinLimits(storm);
  expectOneEach(storm);
  expect(minutes).toBeLessThan(75);
  expect(Math.max(...storm.onboardings.map(({ postponed }) => postponed))).toBeLessThanOrEqual(4);
});

const faults = [
  { status: 403, code: 'secondary', message: 'You have exceeded a secondary rate limit', retryAfterSeconds: 120 },
  { status: 429, code: 'secondary', message: 'You have exceeded a secondary rate limit' },
  { status: 502, code: 'bad-gateway', message: 'Bad Gateway' },
  { status: 200, code: 'not-really', message: 'Something went wrong' },
  'reset',
] as const;
const writes = ['github:CreateTree', 'github:CreateCommit', 'github:UpdateRef', 'github:CreateDeployKey'];
it.each(
  faults.flatMap((error) =>
    (['before', 'after'] as const)
      // A limit refuses, it does not act.
      .filter((when) => when === 'before' || error === 'reset' || (error.status !== 403 && error.status !== 429))
      .map((when) => ({ error, when })),
  ),
)('brings all to their end when GitHub answers $error $when its effects', async ({ error, when }) => {
  const storm = givenStorm(12);
  storm.world.faults = writes.map((action) => faultBody.parse({ action, times: 3, when, error }));

  await storm.runAll();

  expect(storm.world.faults).toEqual([]);
  expectWithinLimits(storm);
  expectOneEach(storm);
});

it.each(
  ['github:CreateInstallationToken', 'github:GetRepositoryInstallation'].flatMap((action) =>
    faults.map((error) => ({ action, error })),
  ),
)('brings all to their end when GitHub answers $error to $action', async ({ action, error }) => {
  const storm = givenStorm(12);
  storm.world.faults = [faultBody.parse({ action, times: 3, error })];

  await storm.runAll();

  expect(storm.world.faults).toEqual([]);
  expectWithinLimits(storm);
  expectOneEach(storm);
});

it.each([{ requestsPerHour: 60 }, { appRequestsPerHour: 30 }])(
  'waits for the primary limit to be reset, and goes on: %j',
  async (limits) => {
    const storm = givenStorm(12, limits);

    const { minutes } = await storm.runAll();

    expect(minutes).toBeGreaterThan(60);
    expectOneEach(storm);
  },
);
