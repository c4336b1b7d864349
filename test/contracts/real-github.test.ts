/** What `npm run test:github` has beside the contract itself. */
import { describe, expect, it } from 'vitest';
import { createGitHubAdministration, repositoryPrefix } from './github-administration.ts';
import { createPatientBudget, fetchPatiently } from './patient-budget.ts';
import { readRealGitHubSettings } from './real-github-settings.ts';

describe('settings of the real GitHub', () => {
  const complete = {
    ...{ GITHUB_TEST_ORGANIZATION: 'org', GITHUB_TEST_TOKEN: 'secret', GITHUB_TEST_APP_ID: '1' },
    GITHUB_TEST_APP_KEY_FILE: '/key.pem',
  };

  it('are read from the environment', () => {
    expect(readRealGitHubSettings(complete)).toEqual({
      kind: 'set',
      settings: {
        ...{ organization: 'org', token: 'secret', appId: '1', appKeyFile: '/key.pem' },
        apiUrl: 'https://api.github.com',
      },
    });
  });

  it('name all that is missing or wrong', () => {
    const { GITHUB_TEST_TOKEN: _left, ...rest } = complete;

    expect(readRealGitHubSettings({ ...rest, GITHUB_TEST_APP_ID: 'app' })).toEqual({
      kind: 'missing',
      names: ['GITHUB_TEST_TOKEN', 'GITHUB_TEST_APP_ID'],
    });
  });
});

describe('administration of the real GitHub', () => {
  it("sends nothing about repositories that are not the contract's", async () => {
    const sent: string[] = [];
    const administration = createGitHubAdministration({
      ...{ apiUrl: 'http://github.test', token: 't' },
      fetch: (url) => {
        sent.push(url);
        return Promise.resolve(new Response('{}'));
      },
    });
    const theirs = { owner: 'org', name: 'production' };
    const own = { owner: 'org', name: `${repositoryPrefix}1` };

    await expect(administration.deleteRepository(theirs)).rejects.toThrow('production is none of');
    await expect(administration.archive(theirs)).rejects.toThrow('production is none of');
    await expect(administration.rename(own, 'production')).rejects.toThrow('production is none of');
    await expect(administration.createRepository('production')).rejects.toThrow('production is none of');

    expect(sent).toEqual([]);
  });
});

describe('the patient budget', () => {
  it('grants so many a minute, and waits for the next ones and through pauses', async () => {
    let nowMs = 0;
    const waits: number[] = [];
    const budget = createPatientBudget({
      ...{ perMinute: 3, now: () => new Date(nowMs) },
      wait: (milliseconds) => {
        waits.push(milliseconds);
        nowMs += milliseconds;
        return Promise.resolve();
      },
    });

    await budget.take('1', 2);
    nowMs = 10_000;
    await budget.take('1', 1);
    await budget.take('1', 1);
    await budget.pause('1', new Date(nowMs + 5000));

    expect(await budget.pausedUntil('1')).toBeUndefined();
    expect(waits).toEqual([50_000, 5000]);
  });

  it('lets an owner ask again when GitHub says when', async () => {
    const taken: number[] = [];
    const waits: number[] = [];
    const answers = [new Response('', { status: 403, headers: { 'retry-after': '7' } }), new Response('done')];
    const fetch = fetchPatiently(() => Promise.resolve(answers.shift() ?? Response.error()), {
      budget: {
        take: (_installation, count) => {
          taken.push(count);
          return Promise.resolve({ kind: 'granted' });
        },
        pause: () => Promise.resolve(),
        pausedUntil: () => Promise.resolve(undefined),
      },
      wait: (milliseconds) => {
        waits.push(milliseconds);
        return Promise.resolve();
      },
    });

    const answer = await fetch('http://github.test', { method: 'POST' });

    expect(await answer.text()).toBe('done');
    expect([taken, waits]).toEqual([[1, 1], [7000]]);
  });
});
