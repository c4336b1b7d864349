import { createGitHubGitHost } from '../../src/adapters/github-git-host.ts';
import type { GitHubFetch } from '../../src/adapters/github-transport.ts';
import type { AppKey } from '../../src/ports/app-key.ts';
import type { GitHost } from '../../src/ports/git-host.ts';
import type { BudgetAnswer, RequestBudget } from '../../src/ports/request-budget.ts';
import { appKeyPair } from '../support/app-key-pair.ts';

export interface SentRequest {
  /** `GET /repos/…`, without the query. */
  readonly route: string;
  readonly query: URLSearchParams;
  readonly authorization: string;
  readonly apiVersion: string | undefined;
  /** Parsed JSON; `undefined` without a body. */
  readonly body: unknown;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object | string;
}

/** `lost`: the request arrives, its answer does not; `broken`: nor does the end of its body. */
export type GitHubReply = Reply | 'lost' | 'broken';
export type GitHubScript = Readonly<
  Record<string, GitHubReply | ((request: SentRequest) => GitHubReply | Promise<GitHubReply>)>
>;

export const repository = { owner: 'acme', name: 'infrastructure' };
export const base = '/repos/acme/infrastructure';
export const never = new AbortController().signal;

export const appKey = appKeyPair().privateKey;

export const mintPath = 'POST /app/installations/42/access_tokens';
export const revokePath = 'DELETE /installation/token';

export interface ScriptedGitHub {
  readonly host: GitHost;
  readonly requests: SentRequest[];
  readonly budget: FakeBudget;
  /** Routes of all requests so far, those for tokens and installations left out. */
  routes(): string[];
  /** Another process: it shares nothing but the budget with the first one. */
  restarted(): GitHost;
  advance(seconds: number): void;
}

interface FakeBudget extends RequestBudget {
  answer: BudgetAnswer;
  readonly taken: number[];
  /** Caller → the end of its pause. */
  readonly paused: Map<string, Date>;
}

/** A GitHub that gives its documented answers; whatever the script does not name is its 404. Tokens are numbered. */
export function scriptedGitHub(
  script: GitHubScript = {},
  options: { appKey?: string; lookedUp?: AppKey; randomBelow?: (limit: number) => number } = {},
): ScriptedGitHub {
  const requests: SentRequest[] = [];
  let nowMs = Date.parse('2027-01-01T00:00:00.000Z');
  const now = () => new Date(nowMs);
  const budget = fakeBudget(now);
  let tokens = 0;
  const known: GitHubScript = {
    [`GET ${base}/installation`]: installation(),
    [mintPath]: () => {
      tokens += 1;
      return { status: 201, body: { token: `ghs_secret${tokens}`, expires_at: '2027-01-01T01:00:00Z' } };
    },
    [revokePath]: { status: 204 },
    ...script,
  };
  const fetch: GitHubFetch = async (url, init) => {
    init.signal.throwIfAborted();
    const request = readRequest(url, init);
    requests.push(request);
    const reply = known[request.route] ?? { status: 404, body: { message: 'Not Found' } };
    return answer(typeof reply === 'function' ? await reply(request) : reply);
  };
  const makeHost = () =>
    createGitHubGitHost({
      ...{ apiUrl: 'https://api.github.test/', sshUrlBase: 'ssh://git@github.test/', knownHosts: 'github.test key' },
      ...{ appId: '77', budget, fetch, now, randomBelow: options.randomBelow ?? (() => 0) },
      appKey: () => options.lookedUp?.privateKeyPem() ?? Promise.resolve(options.appKey ?? appKey),
      onAppKeyRefused: async () => options.lookedUp?.forget(),
    });
  return {
    host: makeHost(),
    restarted: makeHost,
    ...{ requests, budget },
    routes: () => requests.map(({ route }) => route).filter((route) => !/installation/.test(route)),
    advance: (seconds) => {
      nowMs += seconds * 1000;
    },
  };
}

/** The installation of the App, with all that it asks for unless said otherwise. */
export function installation(fields: object = {}): Reply {
  const permissions = { contents: 'write', administration: 'write', metadata: 'read' };
  return {
    body: { id: 42, app_slug: 'fleet', repository_selection: 'all', permissions, suspended_at: null, ...fields },
  };
}

function fakeBudget(now: () => Date): FakeBudget {
  const taken: number[] = [];
  return {
    answer: { kind: 'granted' },
    taken,
    paused: new Map(),
    take(_caller, count) {
      taken.push(count);
      return Promise.resolve(this.answer);
    },
    pausedUntil(caller) {
      const until = this.paused.get(caller);
      return Promise.resolve(until && until > now() ? until : undefined);
    },
    pause(caller, until) {
      this.paused.set(caller, until);
      return Promise.resolve();
    },
  };
}

function readRequest(url: string, init: Parameters<GitHubFetch>[1]): SentRequest {
  const { pathname, searchParams } = new URL(url);
  return {
    route: `${init.method} ${decodeURIComponent(pathname)}`,
    query: searchParams,
    authorization: init.headers['authorization'] ?? '',
    apiVersion: init.headers['x-github-api-version'],
    body: init.body === undefined ? undefined : (JSON.parse(init.body) as unknown),
  };
}

function answer(reply: GitHubReply): ReturnType<GitHubFetch> {
  if (reply === 'lost') return Promise.reject(new TypeError('fetch failed', { cause: new Error('read ECONNRESET') }));
  if (reply === 'broken') return Promise.resolve({ status: 200, headers: jsonHeaders, body: brokenBody() });
  const { status = 200, headers, body } = reply;
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
  const init = { status, headers: { ...Object.fromEntries(jsonHeaders), ...headers } };
  return Promise.resolve(new Response(status === 204 ? null : text, init));
}

const jsonHeaders: [string, string][] = [['content-type', 'application/json; charset=utf-8']];

async function* brokenBody(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('{"object":');
  throw new TypeError('terminated', { cause: new Error('other side closed') });
}
