import { describe, expect, it } from 'vitest';
import { createGitHubControl } from '../../../../sandbox/simulators/github/github-control.ts';
import {
  busiestSpan,
  callers,
  documentedLimits,
  requestsBeforeRetryAfter,
} from '../../../../sandbox/simulators/github/rate-limits.ts';
import { generateKeyPair } from '../../../../src/adapters/ssh-key-pairs.ts';
import { createGitHub, jwt, pushFile, repository } from './github-fixture.ts';

const path = `/repos/${repository.owner}/${repository.name}`;
const blob = { body: { content: 'x' } };

describe('rate limits', () => {
  it('count the requests of an installation by the hour', async () => {
    const { ask, mint, clock } = createGitHub({ limits: { ...documentedLimits, requestsPerHour: 2 } });
    const token = await mint();

    const first = await ask(`GET ${path}`, { token });
    await ask(`GET ${path}`, { token });
    const refused = await ask(`GET ${path}`, { token });
    clock.now = new Date(clock.now.getTime() + 3_600_000);

    expect(Object.fromEntries(first.headers)).toMatchObject({
      ...{ 'x-ratelimit-limit': '2', 'x-ratelimit-remaining': '1', 'x-ratelimit-used': '1' },
      'x-ratelimit-reset': String(Date.parse('2026-11-24T13:00:00Z') / 1000),
    });
    expect(refused).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('API rate limit exceeded') },
    });
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
    expect((await ask(`GET ${path}`, { token: await mint() })).status).toBe(200);
  });

  it('count the requests of an App as itself apart from those of its installations', async () => {
    const { ask, mint, clock } = createGitHub({ limits: { ...documentedLimits, appRequestsPerHour: 2 } });
    const token = await mint();
    const asApp = () => ask(`GET ${path}/installation`, { token: jwt(clock.now) });

    const statuses = [(await asApp()).status, (await ask(`GET ${path}`, { token })).status];
    const refused = await asApp();
    clock.now = new Date(clock.now.getTime() + 3_600_000);

    expect(statuses).toEqual([200, 200]);
    expect(refused).toMatchObject({ status: 403, body: { message: 'API rate limit exceeded for app ID 77.' } });
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
    expect((await asApp()).status).toBe(200);
  });

  it('let 80 content requests a minute pass, and say when to come again', async () => {
    const { ask, mint, clock, world, installation } = createGitHub();
    const token = await mint();
    const statuses: number[] = [];
    for (let count = 0; count < 80; count += 1) {
      statuses.push((await ask(`POST ${path}/git/blobs`, { token, ...blob })).status);
      clock.now = new Date(clock.now.getTime() + 100);
    }

    const refused = await ask(`POST ${path}/git/blobs`, { token, ...blob });
    const read = await ask(`GET ${path}`, { token });
    clock.now = new Date(clock.now.getTime() + 51_000);
    const early = await ask(`POST ${path}/git/blobs`, { token, ...blob });
    clock.now = new Date(clock.now.getTime() + 1000);
    const later = await ask(`POST ${path}/git/blobs`, { token, ...blob });

    expect(new Set(statuses)).toEqual(new Set([201]));
    expect(refused).toMatchObject({ status: 403, body: { message: expect.stringContaining('secondary rate limit') } });
    expect(refused.headers.get('retry-after')).toBe('52');
    expect([read.status, early.status, later.status]).toEqual([200, 403, 201]);
    expect(busiestSpan(world.requests, { caller: callers.installation(installation), spanMilliseconds: 60_000 })).toBe(
      82,
    );
    expect(requestsBeforeRetryAfter(world.requests)).toHaveLength(1);
  });

  it('let 500 an hour pass, however slowly they come, with 429 and without a time where so told', async () => {
    const limits = { ...documentedLimits, secondaryStatus: 429, sendsRetryAfter: false } as const;
    const { ask, mint, clock } = createGitHub({ limits });
    let last = { status: 0, headers: new Headers() };
    for (let count = 0; count < 501; count += 1) {
      // A token lives for an hour; all of them come within that.
      if (count % 250 === 0) await mint();
      last = await ask(`POST ${path}/git/blobs`, { token: await mint(), ...blob });
      clock.now = new Date(clock.now.getTime() + 6000);
    }

    expect(last.status).toBe(429);
    expect(last.headers.get('retry-after')).toBeNull();
  });

  it('can be switched off', async () => {
    const { ask, mint } = createGitHub({ limits: 'off' });
    const token = await mint();
    let last = 0;
    for (let count = 0; count < 81; count += 1) {
      last = (await ask(`POST ${path}/git/blobs`, { token, ...blob })).status;
    }

    expect(last).toBe(201);
  });
});

describe('faults', () => {
  const fault = { times: 1, delayMilliseconds: 0, isStale: false };

  it('answer in the place of the call, before it or after it', async () => {
    const { ask, mint, world } = createGitHub();
    const token = await mint();
    const body = { title: 't', key: generateKeyPair().publicKey };
    const error = { status: 502, code: 'any', message: 'Server Error' };
    world.faults = [
      { ...fault, action: 'github:CreateDeployKey', when: 'before', error },
      { ...fault, action: 'github:CreateDeployKey', when: 'after', error },
    ];

    const before = await ask(`POST ${path}/keys`, { token, body });
    const none = world.deployKeys(repository).length;
    const after = await ask(`POST ${path}/keys`, { token, body });

    expect([before.status, none, after.status, world.deployKeys(repository).length]).toEqual([502, 0, 502, 1]);
  });

  it('lose the answer, and the commit is there', async () => {
    const { mint, world, ...github } = createGitHub();
    const token = await mint();
    world.faults = [{ ...fault, action: 'github:UpdateRef', when: 'after', error: 'reset' }];
    const parent = world.headOf(repository) ?? '';

    const push = pushFile(github, { token, parent, path: 'x', content: '1' });

    await expect(push).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(world.fileAtHead(repository, 'x')).toBe('1');
  });

  it('throttle with a time to wait, or call a success what is none', async () => {
    const { ask, mint, world } = createGitHub();
    const token = await mint();
    world.faults = [
      {
        ...fault,
        action: 'github:GetRef',
        when: 'before',
        error: { status: 429, code: '', message: 'slow down', retryAfterSeconds: 7 },
      },
      { ...fault, action: 'github:GetRef', when: 'before', error: { status: 200, code: '', message: 'Unicorn' } },
    ];

    const throttled = await ask(`GET ${path}/git/ref/heads/main`, { token });
    const odd = await ask(`GET ${path}/git/ref/heads/main`, { token });

    expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '7']);
    expect([odd.status, odd.body.message]).toEqual([200, 'Unicorn']);
  });

  it('show the head and the keys from before the last change, to those who read only', async () => {
    const { ask, mint, world } = createGitHub();
    const token = await mint();
    const old = world.headOf(repository);
    world.commitByOther(repository, { files: { x: '1' } });
    const stale = { ...fault, when: 'before', isStale: true } as const;
    world.faults = [
      { ...stale, action: 'github:GetRef' },
      { ...stale, action: 'github:GetBranch' },
      { ...stale, action: 'github:ListDeployKeys' },
    ];

    const ref = await ask(`GET ${path}/git/ref/heads/main`, { token });
    const branch = await ask(`GET ${path}/branches/main`, { token });
    const again = await ask(`GET ${path}/git/ref/heads/main`, { token });
    world.addDeployKey(repository, { title: 't', key: generateKeyPair().publicKey, isReadOnly: true });
    const keys = await ask(`GET ${path}/keys`, { token });

    expect([ref.body.object.sha, branch.body.commit.sha, again.body.object.sha]).toEqual([
      ...[old, old],
      world.headOf(repository),
    ]);
    expect(keys.body).toEqual([]);
  });
});

describe('a snapshot', () => {
  it('goes on as the same world, tokens and host key included', async () => {
    let changes = 0;
    const before = createGitHub({ onChange: () => (changes += 1) });
    const token = await before.mint();
    before.world.addDeployKey(repository, { title: 't', key: generateKeyPair().publicKey, isReadOnly: true });
    await pushFile(before, { token, parent: before.world.headOf(repository) ?? '', path: 'x', content: 'ü\0' });
    const counted = changes;

    const written = JSON.stringify(before.world.snapshot());
    const after = createGitHub({ from: JSON.parse(written) });

    expect(counted).toBeGreaterThan(5);
    expect(after.world.hostKey).toBe(before.world.hostKey);
    expect(after.world.fileAtHead(repository, 'x')).toBe('ü\0');
    expect(after.world.deployKeys(repository)).toEqual(before.world.deployKeys(repository));
    expect(after.world.history).toEqual(before.world.history);
    const parent = after.world.headOf(repository) ?? '';
    expect((await pushFile(after, { token, parent, path: 'y', content: '2' })).status).toBe(200);
  });
});

describe('control from another process', () => {
  it('sets faults, commits, and shows keys and the history', async () => {
    const { world } = createGitHub();
    const control = createGitHubControl(world);
    const at = `/_world/github/repositories/${repository.owner}/${repository.name}`;
    const json = (method: string, body: unknown) => ({ method, body: JSON.stringify(body) });

    const faults = await control.request(
      '/_world/github/faults',
      json('PUT', [{ action: 'github:GetRef', error: 'reset' }]),
    );
    const wrong = await control.request('/_world/github/faults', json('PUT', [{ action: 'sts:AssumeRole' }]));
    const commit = await control.request(`${at}/commits`, json('POST', { files: { x: '1', 'README.md': null } }));
    const keys = await control.request(`${at}/keys`);
    const history = await control.request('/_world/github/history');

    expect([faults.status, wrong.status, commit.status]).toEqual([204, 400, 201]);
    expect(world.faults).toMatchObject([{ action: 'github:GetRef', times: 1 }]);
    expect([world.fileAtHead(repository, 'x'), world.fileAtHead(repository, 'README.md')]).toEqual(['1', undefined]);
    expect(await keys.json()).toEqual([]);
    expect(await history.json()).toEqual(world.history);
  });
});
