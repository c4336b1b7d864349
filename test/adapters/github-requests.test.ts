import { describe, expect, it } from 'vitest';
import { OutsideCallError } from '../../src/errors.ts';
import {
  appKey,
  base,
  type GitHubReply,
  type GitHubScript,
  installation,
  mintPath,
  never,
  repository,
  scriptedGitHub,
} from './github-server.ts';

const emptyBlob = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';
const blobPath = `GET ${base}/git/blobs/abc`;

async function errorOf(doing: Promise<unknown>): Promise<OutsideCallError> {
  const error: unknown = await doing.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof OutsideCallError)) throw new TypeError('expected an OutsideCallError');
  return error;
}

/** The error of reading a blob when this is the answer. */
async function failureFor(reply: GitHubReply): Promise<OutsideCallError> {
  return errorOf(scriptedGitHub({ [blobPath]: reply }).host.readBlob(repository, 'abc', never));
}

describe('requests to GitHub', () => {
  it.each([
    { status: 403, failure: 'forbidden', retryable: false },
    { status: 404, failure: 'rejected', retryable: false },
    { status: 422, failure: 'rejected', retryable: false },
    { status: 500, failure: 'server-error', retryable: true },
    { status: 503, failure: 'server-error', retryable: true },
    { status: 301, failure: 'rejected', retryable: false },
  ])('turn $status into "$failure"', async ({ status, failure, retryable }) => {
    const error = await failureFor({ status, body: { message: 'because', errors: [{ message: 'of that' }] } });

    expect(error).toMatchObject({ system: 'git-host', failure, retryable, status, answer: 'because: of that' });
  });

  const date = 'Fri, 01 Jan 2027 00:00:00 GMT';
  const reset = String(Date.parse(date) / 1000 + 1800);
  it.each<{ what: string; status: number; headers: Record<string, string>; message: string; seconds: number }>([
    { what: 'a secondary limit', status: 403, headers: { 'retry-after': '17' }, message: 'slow', seconds: 17 },
    { what: 'a secondary limit', status: 429, headers: { 'retry-after': '90' }, message: 'slow', seconds: 90 },
    {
      what: 'one that gives no time',
      status: 403,
      headers: {},
      message: 'You have exceeded a secondary rate limit.',
      seconds: 60,
    },
    { what: 'one that gives no time', status: 429, headers: {}, message: '', seconds: 60 },
    {
      what: 'the primary limit',
      status: 403,
      headers: { date, 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset },
      message: 'API rate limit exceeded for installation ID 42.',
      seconds: 1801,
    },
    {
      what: 'more than two hours, for two',
      status: 429,
      headers: { 'retry-after': '999999' },
      message: '',
      seconds: 7200,
    },
  ])('wait out $what ($status $headers): nothing is sent meanwhile, by whichever process', async (limit) => {
    let isLimited = true;
    const body = { message: limit.message };
    const github = scriptedGitHub({
      [blobPath]: () =>
        isLimited
          ? { status: limit.status, headers: limit.headers, body }
          : { body: { content: '', encoding: 'base64' } },
    });
    const error = await errorOf(github.host.readBlob(repository, 'abc', never));
    const sent = github.routes().length;
    isLimited = false;

    github.advance(limit.seconds - 1);
    const early = await errorOf(github.host.readBlob(repository, 'abc', never));
    const elsewhere = await errorOf(github.restarted().readBlob(repository, 'abc', never));

    expect(error).toMatchObject({ failure: 'throttled', retryable: true, retryAfterSeconds: limit.seconds });
    const soon = { failure: 'throttled', retryAfterSeconds: 1 };
    expect([early, elsewhere]).toMatchObject([soon, soon]);
    expect(github.routes()).toHaveLength(sent);
    github.advance(1);
    await github
      .restarted()
      .readBlob(repository, 'abc', never)
      .catch(() => undefined);
    expect(github.routes()).toHaveLength(sent + 1);
  });

  it('wait out a pause each for another while, so that not all come back at once', async () => {
    const limit = { status: 429, headers: { 'retry-after': '60' } };
    const drawn = [29, 7, 0];
    const github = scriptedGitHub(
      { [blobPath]: limit },
      { randomBelow: (below) => Math.min(drawn.shift() ?? 0, below - 1) },
    );

    const waits = [];
    for (const _ of [1, 2, 3]) {
      waits.push((await errorOf(github.host.readBlob(repository, 'abc', never))).retryAfterSeconds);
    }

    expect(waits).toEqual([89, 67, 60]);
    expect(github.routes()).toHaveLength(1);
  });

  const asApp = [`GET ${base}/installation`, mintPath];
  it.each(asApp)('as the App wait as well when %s is limited: no function sends one', async (route) => {
    const limit = { status: 403, headers: { 'retry-after': '30' }, body: { message: 'slow' } };
    let isLimited = true;
    const documented = route === mintPath ? { status: 201, body: { token: 'ghs_1' } } : installation();
    const github = scriptedGitHub({
      [route]: () => (isLimited ? limit : documented),
      [`GET ${base}/git/blobs/${emptyBlob}`]: { body: { content: '', encoding: 'base64' } },
    });
    const error = await errorOf(github.host.readBlob(repository, emptyBlob, never));
    const sent = github.requests.length;
    isLimited = false;

    const again = await errorOf(github.host.readBlob(repository, emptyBlob, never));
    const elsewhere = await errorOf(github.restarted().readBlob(repository, emptyBlob, never));

    const throttled = { failure: 'throttled', retryable: true, retryAfterSeconds: 30 };
    expect([error, again, elsewhere]).toMatchObject([throttled, throttled, throttled]);
    expect(github.requests).toHaveLength(sent);
    github.advance(30);
    expect(await github.restarted().readBlob(repository, emptyBlob, never)).toBe('');
  });

  it('of a job with its token go on while the App waits, and those of the App while an installation does', async () => {
    const limit = { status: 403, headers: { 'retry-after': '30' }, body: { message: 'slow' } };
    const job = { ...repository, job: 'op-1' };
    const github = scriptedGitHub({
      [`GET ${base}/installation`]: installation(),
      [`GET ${base}/git/blobs/${emptyBlob}`]: { body: { content: '', encoding: 'base64' } },
      [`GET ${base}/keys`]: limit,
    });
    await github.host.readBlob(job, emptyBlob, never);
    github.budget.paused.set('app:77', new Date('2027-01-01T00:01:00.000Z'));

    expect(await github.host.readBlob(job, emptyBlob, never)).toBe('');
    expect(await errorOf(github.host.listDeployKeys(job, never))).toMatchObject({ retryAfterSeconds: 60 });
    github.advance(60);
    expect(await errorOf(github.host.listDeployKeys(job, never))).toMatchObject({ retryAfterSeconds: 30 });
    const other = { owner: 'globex', name: 'infrastructure' };
    const sent = github.requests.length;
    await github.host.inspectRepository(other, 'main', never);
    expect(github.requests.length).toBeGreaterThan(sent);
  });

  it.each([400, 404, 422, 500, 502])('do not fall silent for the "retry-after" of a %s', async (status) => {
    const github = scriptedGitHub({ [blobPath]: { status, headers: { 'retry-after': '3600' } } });
    await errorOf(github.host.readBlob(repository, 'abc', never));

    await errorOf(github.host.readBlob(repository, 'abc', never));

    expect(github.routes()).toHaveLength(2);
    expect(github.budget.paused).toEqual(new Map());
  });

  it.each([
    { what: 'an answer that was lost', reply: 'lost', failure: 'unreachable' },
    { what: 'one that broke off', reply: 'broken', failure: 'unreachable' },
    { what: 'an error under the status of a success', reply: { body: { message: 'Oops' } }, failure: 'server-error' },
    { what: 'another form', reply: { body: { content: 5 } }, failure: 'protocol' },
    { what: 'no JSON', reply: { body: '<html>' }, failure: 'protocol' },
    { what: 'too many bytes', reply: { body: ' '.repeat(33 * 1024 * 1024) }, failure: 'protocol' },
  ] as const)('do not take $what for an answer', async ({ reply, failure }) => {
    expect(await failureFor(reply)).toMatchObject({ failure });
  });

  it('name the version of the API that they are written for, as the App and as an installation', async () => {
    const github = scriptedGitHub({ [blobPath]: { status: 404 } });

    await errorOf(github.host.readBlob(repository, 'abc', never));

    expect(github.requests.length).toBeGreaterThanOrEqual(3);
    expect(new Set(github.requests.map(({ apiVersion }) => apiVersion))).toEqual(new Set(['2022-11-28']));
  });

  it('refuse names that would lead to another path', async () => {
    const github = scriptedGitHub();

    const error = await errorOf(github.host.listDeployKeys({ owner: 'acme', name: '..' }, never));

    expect(error).toMatchObject({ failure: 'rejected' });
    expect(github.requests).toEqual([]);
  });
});

describe('the App', () => {
  const permissions = { contents: 'write' };
  const owner = 'GET /users/acme/installation';
  it.each<{ what: string; script: GitHubScript; expected: object }>([
    {
      what: 'is not installed for the owner',
      script: { [`GET ${base}/installation`]: { status: 404 } },
      expected: { kind: 'app-not-installed', detail: 'acme has not installed it.' },
    },
    {
      what: 'is installed for other repositories',
      script: {
        [`GET ${base}/installation`]: { status: 404 },
        [owner]: installation({ repository_selection: 'selected' }),
      },
      expected: { kind: 'app-not-installed', detail: expect.stringContaining('not among those') },
    },
    {
      what: 'is installed for all repositories, and there is none of that name',
      script: { [`GET ${base}/installation`]: { status: 404 }, [owner]: installation() },
      expected: { kind: 'repository-not-found' },
    },
    {
      what: 'is suspended',
      script: { [`GET ${base}/installation`]: installation({ suspended_at: '2026-12-31T00:00:00Z' }) },
      expected: { kind: 'app-not-installed', detail: expect.stringContaining('suspended') },
    },
    {
      what: 'may not read contents',
      script: { [`GET ${base}/installation`]: installation({ permissions: { metadata: 'read' } }) },
      expected: { kind: 'app-not-installed', detail: expect.stringContaining('contents') },
    },
    {
      what: 'is installed for a repository that was renamed',
      script: { [`GET ${base}/installation`]: { status: 301, headers: { location: '/repositories/1/installation' } } },
      expected: { kind: 'repository-not-found' },
    },
  ])('$what', async ({ script, expected }) => {
    const github = scriptedGitHub(script);

    expect(await github.host.inspectRepository(repository, 'main', never)).toEqual(expected);
    await expect(github.host.listDeployKeys(repository, never)).rejects.toMatchObject({
      failure: 'rejected',
      status: 404,
    });
    expect(github.requests.some(({ route }) => route === mintPath)).toBe(false);
  });

  /** Refuses a token whose times are not right by its own clock (docs.github.com, "Generating a JSON Web Token"). */
  const clockOf = (aheadSeconds: number) => (request: { authorization: string }) => {
    const claims = JSON.parse(Buffer.from(request.authorization.split('.')[1] ?? '', 'base64url').toString()) as {
      iat: number;
      exp: number;
    };
    const nowSeconds = Date.parse('2027-01-01T00:00:00Z') / 1000 + aheadSeconds;
    const headers = { date: new Date(nowSeconds * 1000).toUTCString() };
    const refused = (claim: string) => ({ status: 401, headers, body: { message: `'${claim}' claim is wrong` } });
    if (claims.iat > nowSeconds) return refused("Issued at' claim ('iat");
    if (claims.exp <= nowSeconds) return refused("Expiration time' claim ('exp");
    if (claims.exp > nowSeconds + 600) return refused("Expiration time' claim ('exp");
    return installation({ permissions });
  };

  it.each([-14, -10, -5, -1, 0, 1, 5, 10, 14])('is let in when our clock is %s minutes off', async (minutes) => {
    const github = scriptedGitHub({
      [`GET ${base}/installation`]: clockOf(minutes * 60),
      [`GET ${base}/git/blobs/${emptyBlob}`]: { body: { content: '', encoding: 'base64' } },
    });

    expect(await github.host.readBlob(repository, emptyBlob, never)).toBe('');
  });

  it.each([
    { minutes: -16, how: '16 minutes ahead of' },
    { minutes: 16, how: '16 minutes behind' },
  ])('says so when our clock is $how GitHub', async ({ minutes, how }) => {
    const github = scriptedGitHub({ [`GET ${base}/installation`]: clockOf(minutes * 60) });

    const error = await errorOf(github.host.readBlob(repository, 'abc', never));

    expect(error).toMatchObject({ failure: 'unauthenticated', retryable: false, answer: expect.stringContaining(how) });
  });

  it('says when its key is not GitHub’s, and when it is no key at all', async () => {
    const bad = { status: 401, body: { message: 'A JSON web token could not be decoded' } };
    const unknown = scriptedGitHub({ [`GET ${base}/installation`]: bad });
    const noKey = scriptedGitHub({}, { appKey: appKey.replace(/\n.{10}/, '\n') });

    const errors = await Promise.all(
      [unknown, noKey].map(({ host }) => errorOf(host.readBlob(repository, 'abc', never))),
    );

    const refused = { failure: 'unauthenticated', retryable: false };
    expect(errors).toMatchObject([refused, refused]);
    const texts = errors.map((error) => JSON.stringify([error, String(error.cause), error.stack]));
    expect(texts.join('\n')).not.toContain(appKey.slice(60, 90));
  });
});
