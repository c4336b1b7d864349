import * as z from 'zod';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { apiOf, type Started, useStarts } from './started.ts';

const patience = 240_000;

const steps = [
  'preflight',
  'commit-manifests',
  'apply-components',
  'provision-deploy-key',
  'await-reconciled',
  'record',
];

describe('npm start', { timeout: patience }, () => {
  const { directory, start, startInShell } = useStarts();
  let single: Started;

  beforeAll(async () => {
    single = start('--once', '--port', '0');
    await single.ended;
  }, patience);

  it('onboards the example, ends with 0 when told to end, and leaves nothing behind', async () => {
    const { ended, output } = single;

    expect(await ended, output()).toBe(0);
    for (const step of steps) expect(output()).toMatch(new RegExp(`SUCCEEDED ${step} `));
    expect(output()).toMatch(/Ready in \d+\.\d s/);
    expect(output()).toContain('the cluster production runs Flux from its repository');
    expect(output()).not.toMatch(/bootstrapped before|earlier|as it was left|Nothing had to be changed/);
    expect(await readdir(directory)).toEqual([]);
  });

  it('grants staging what it could not pull before, beside what a person has in the policy', () => {
    const [, shown = ''] = single.output().split(/^Granting .*:\n/m);
    expect(shown).toMatch(/PUT {2}\/v1\/customers\/acme\/ecr-grants\/staging-pull {2}200\n/);
    expect(shown).toMatch(/SUCCEEDED write-policies .* polic(?:y|ies) written/);
    const person = ' {2}AuditorsPull {2}Allow arn:aws:iam::444455556666:root: BatchGetImage, GetDownloadUrlForLayer';
    expect(shown).toMatch(
      new RegExp(`team/api before:\\n${person}\\nPolicy of team/api after:\\n${person} {2}\\(untouched\\)`),
    );
    expect(shown).toMatch(/ {2}FleetApiPull {2}Allow arn:aws:iam::222233334444:root: BatchCheckLayerAvailability, /);
    const refused = 'refused, because no resource-based policy allows the ecr:BatchGetImage action';
    expect(shown).toContain(`  team/api    before: ${refused}; now: pulled, by FleetApiPull\n`);
    expect(shown).toContain(`  team/web    before: ${refused}; now: pulled, by FleetApiPull\n`);
    expect(shown).toContain(`  team/tools  as before: ${refused}\n`);
    expect(shown.split('\n').length).toBeLessThan(22);
  });

  it('leaves nothing behind when it is told twice to end', async () => {
    const { child, printed, ended } = start('--port', '0');
    await printed('Ready in');

    child.kill('SIGINT');
    child.kill('SIGTERM');

    await ended;
    expect(await readdir(directory)).toEqual([]);
  });

  it('ends when npm is ended, which tells its shell only', async () => {
    const { child, printed, ended } = startInShell('--port', '0');
    await printed('Ready in');

    child.kill('SIGTERM');

    // Until nobody has its output open any more.
    await ended;
    expect(await readdir(directory)).toEqual([]);
  });

  it('says that a port is taken, and leaves nothing behind', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const { ended, output } = start('--once', '--port', String(port));

    expect(await ended).toBe(1);
    expect(output()).toContain(`Port ${port} is taken: choose another one with --port N.`);
    expect(await readdir(directory)).toEqual([]);
    server.close();
  });

  it('says what is wrong with its arguments, and ends with 2', async () => {
    const { ended, output } = start('--port', 'eighty');

    expect(await ended).toBe(2);
    expect(output()).toContain('--port eighty');
    expect(output()).toContain('Usage: npm start');
  });

  it('says that it cannot keep anything where a file is', async () => {
    const file = join(directory, 'file');
    await writeFile(file, 'not a directory');

    const { ended, output } = start('--once', '--data', file);

    expect(await ended).toBe(1);
    expect(output()).toContain(`${file} cannot be used as --data: ENOTDIR`);
    expect(output()).not.toMatch(/^ {4}at /m);
  });
});

describe('npm start with --data, killed early, in the middle and late', { timeout: patience }, () => {
  const { directory, start } = useStarts();
  const data = join(directory, 'data');
  let finished: Started;
  let again: Started;
  let changed: Started;

  beforeAll(async () => {
    const kills = [
      '/clusters/production  201',
      'commit-manifests',
      'provision-deploy-key',
      '/accounts/222233334444  201',
    ];
    for (const text of kills) {
      const killed = start('--port', '0', '--data', data);
      await killed.printed(text);
      killed.child.kill('SIGKILL');
      await killed.ended;
    }
    finished = start('--port', '0', '--data', data);
    await finished.printed('Ctrl-C ends it');
    await widenTheGrant(apiOf(finished));
    finished.child.kill('SIGINT');
    await finished.ended;
    again = start('--port', '0', '--data', data);
    await again.printed('Ctrl-C ends it');
    await changeTheExample(apiOf(again));
    again.child.kill('SIGINT');
    await again.ended;
    changed = start('--port', '0', '--data', data);
    await changed.printed('Ctrl-C ends it');
  }, patience);

  it('does the job in the end, with one commit and one key', async () => {
    expect(await finished.ended, finished.output()).toBe(0);
    expect(finished.output()).toContain('the cluster production runs Flux from its repository');
    const github = JSON.parse(await readFile(join(data, 'github.json'), 'utf8'));
    const changes = (github.history as { action: string; detail: { changed?: boolean } }[]).filter(
      ({ detail }) => detail.changed,
    );
    const count = (action: string): number => changes.filter((one) => one.action === action).length;
    expect(count('github:UpdateRef')).toBe(1);
    expect(count('github:CreateDeployKey') - count('github:DeleteDeployKey')).toBe(1);
  });

  it('grants in the end what there is to be granted', () => {
    expect(finished.output()).toMatch(/GET {2}\/v1\/customers\/acme\/accounts\/222233334444 {2}200 {2}as it was left/);
    expect(finished.output()).toMatch(/team\/web .*pulled, by FleetApiPull\n/);
  });

  it('changes nothing when it is started once more, and says so', async () => {
    expect(await again.ended, again.output()).toBe(0);
    expect(again.output()).toMatch(/The cluster production was bootstrapped before: Flux 2\.9\.2-sandbox\.1 at 20/);
    expect(again.output()).toMatch(/GET {2}\/v1\/customers\/acme {2}200 {2}as it was left/);
    expect(again.output()).toContain('a bootstrap would change nothing');
    expect(again.output()).toMatch(/SKIPPED {3}commit-manifests /);
    expect(again.output()).toMatch(/SKIPPED {3}provision-deploy-key /);
    expect(again.output()).toContain('Nothing had to be changed: the files in Git');
    expect(again.output()).toMatch(/ecr-grants\/staging-pull {2}200 {2}as it was left: APPLIED\n/);
    expect(again.output()).toMatch(/Policy of team\/api, as it was:\n/);
    expect(again.output()).toContain('  team/api    as before: pulled, by FleetApiPull\n');
    expect(again.output()).toContain('  team/tools  as before: pulled, by FleetApiPull\n');
    expect(again.output()).toContain('Nothing had to be changed: the policies were read and are as they should be.');
  });

  it('leaves what somebody has changed as it is, and stays up where the example can no longer be onboarded', async () => {
    expect(await answerOf('GET', `${apiOf(changed)}/v1/customers/acme`)).toMatchObject({
      spec: { displayName: 'My Acme' },
    });
    expect(await answerOf('GET', `${apiOf(changed)}${cluster}`)).toMatchObject({ spec: { region: 'eu-central-1' } });
    expect(changed.output()).toMatch(
      /preflight failed with cluster-not-found: .+\n {2}- .+\n\nThe example is not done/,
    );
    expect(changed.output()).not.toContain('Granting');
    changed.child.kill('SIGINT');
    expect(await changed.ended).toBe(1);
  });
});

const cluster = '/v1/customers/acme/clusters/production';

/** By one more repository. */
async function widenTheGrant(api: string): Promise<void> {
  const grant = `${api}/v1/customers/acme/ecr-grants/staging-pull`;
  const { spec } = z.object({ spec: z.looseObject({}) }).parse(await answerOf('GET', grant));
  const names = ['team/api', 'team/tools', 'team/web'];
  const operation = await answerOf('PUT', grant, { ...spec, repositories: { names } });
  expect(operation).toMatchObject({ state: 'SUCCEEDED' });
}

/** Another name of the customer, and another region of the cluster. */
async function changeTheExample(api: string): Promise<void> {
  const customer = z.object({ spec: z.looseObject({}) }).parse(await answerOf('GET', `${api}/v1/customers/acme`));
  const { spec } = z.object({ spec: z.looseObject({}) }).parse(await answerOf('GET', `${api}${cluster}`));
  await answerOf('PUT', `${api}/v1/customers/acme`, { ...customer.spec, displayName: 'My Acme' });
  await answerOf('DELETE', `${api}${cluster}?abandon=true`);
  await answerOf('PUT', `${api}${cluster}`, { ...spec, region: 'eu-central-1' });
}

async function answerOf(method: string, url: string, spec?: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json', prefer: 'wait=25' };
  const answer = await fetch(url, { method, ...(spec && { headers, body: JSON.stringify(spec) }) });
  expect(answer.ok, `${method} ${url}: ${answer.status}`).toBe(true);
  return answer.json();
}
