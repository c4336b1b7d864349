import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { commandsOf, paste } from './pasted-commands.ts';
import { findSecrets, secretsOf } from './secrets-of-a-sandbox.ts';
import { artefactsOf, everyAnswer } from './artefacts.ts';
import { apiOf, type Started, useStarts } from './started.ts';

const patience = 240_000;

describe('npm start with --data, and all that it says can be tried', { timeout: patience }, () => {
  const { directory, start } = useStarts();
  const data = join(directory, 'data');
  let first: Started;
  let beside: Started;
  let next: Started;
  let printed: readonly string[];
  let answers: readonly string[];

  const commands = () => commandsOf(first.output());

  beforeAll(async () => {
    first = start('--port', '0', '--data', data);
    await first.printed('Ctrl-C ends it');
    beside = start('--once', '--port', '0', '--data', data);
    await beside.ended;
    printed = await paste(commands().map(({ line }) => line));
    answers = await everyAnswer(apiOf(first));
    const protecting = commands().filter(
      ({ line, status }) => status === undefined || line.includes('requiredReviews'),
    );
    await paste(protecting.map(({ line }) => line));
    first.child.kill('SIGINT');
    await first.ended;
    next = start('--once', '--port', '0', '--data', data);
    await next.ended;
  }, patience);

  it('prints commands that work when they are pasted, one after the other', () => {
    expect(commands().length).toBeGreaterThan(20);
    expect(printed.map((text) => text.split('\n').at(-2))).toEqual(commands().map(({ status }) => status?.toString()));
    const text = printed.join('');
    expect(text).toContain('"code": "branch-protected"');
    expect(printed.find((answer) => answer.includes('"state": "CANCELLED"'))).toMatch(
      /"name": "preflight",\s+"state": "SUCCEEDED"/,
    );
    expect(text).toContain('"code": "resource-in-use"');
  });

  it('shows what grants put into a policy and take out of it, among the statements of others', () => {
    const shown = commands().flatMap(({ line }, index) =>
      line.endsWith(`%{http_code}\\n' $repository`) ? [printed[index]] : [],
    );

    const sids = shown.map((text) => [...(text ?? '').matchAll(/"Sid": "(\w+)"/g)].map(([, sid]) => sid));
    expect(sids).toEqual([
      ['AuditorsPull', 'FleetApiPull'],
      ['ByHand', 'FleetApiPull'],
      ['AuditorsPull', 'FleetApiPull'],
      ['AuditorsPull'],
    ]);
    expect(printed.join('')).toContain('"kind": "reconcile-ecr-registry"');
    const verdicts = [...printed.join('').matchAll(/"repository": "[\w/]+",\s+"verdict": "(\w+)"/g)];
    expect(verdicts.map(([, verdict]) => verdict)).toEqual(['ALLOWED', 'ALLOWED']);
  });

  it('prints commands that are short, and that every shell takes as they stand', () => {
    const lines = commands().map(({ line }) => line);

    expect(lines.filter((line) => / #|\\$/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.length > 100).length).toBeLessThanOrEqual(7);
    expect(lines.filter((line) => /(^|\()curl (?!-sS)/.test(line))).toEqual([]);
  });

  it('ends with 0 at Ctrl-C, having said what goes on', async () => {
    expect(await first.ended).toBe(0);
    expect(first.output()).toContain(`npm start -- --data ${data} goes on where it ended`);
    expect(existsSync(join(data, 'process-id'))).toBe(false);
  });

  it('refuses a directory that another one uses', async () => {
    expect(await beside.ended).toBe(1);
    expect(beside.output()).toContain(`is in use by the process ${first.child.pid}`);
  });

  it('ends with 1 and the words of the operation when it fails', async () => {
    expect(await next.ended).toBe(1);
    expect(next.output()).toContain('preflight failed with branch-protected');
    expect(next.output()).toMatch(/^ {2}- \w/m);
  });

  it('keeps each secret in its one place', async () => {
    const secrets = await secretsOf(data);
    const terminals = { terminal: [first, beside, next].map(({ output }) => output()).join('\n') };

    const found = findSecrets(
      { ...(await artefactsOf(data)), ...terminals, answers: [...answers, ...printed].join('\n') },
      secrets,
    );

    expect(answers.length).toBeGreaterThan(12);
    expect(found).toEqual(secrets.map(({ name, home }) => `${name} in ${home}`).toSorted());
  });
});
