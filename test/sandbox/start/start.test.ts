import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';

const entry = join(import.meta.dirname, '..', '..', 'sandbox', 'start.ts');
const running = new Set<ChildProcess>();
let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'start-'));
});

afterEach(async () => {
  for (const child of running) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  running.clear();
  await rm(directory, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Answers once the text has been printed. */
  printed(text: string): Promise<void>;
  readonly ended: Promise<number | null>;
}

/** Its temporary directories lie in the test's own. */
function start(...args: readonly string[]): Started {
  const env = { ...process.env, TMPDIR: directory, NODE_NO_WARNINGS: '1' };
  const child = spawn(process.execPath, [entry, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let output = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const look of waiting) look();
    });
  }
  const ended = once(child, 'close').then(() => child.exitCode);
  async function printed(text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => void (output.includes(text) && resolve());
    waiting.add(look);
    look();
    const early = ended.then(() => {
      if (!output.includes(text)) throw new Error(`it ended without "${text}":\n${output}`);
    });
    await Promise.race([promise, early]);
    waiting.delete(look);
  }
  return { child, output: () => output, printed, ended };
}

async function everythingIn(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  return new Map(
    await Promise.all(files.map(async (file) => [file.slice(folder.length + 1), await readFile(file)] as const)),
  );
}

const steps = [
  'preflight',
  'commit-manifests',
  'apply-components',
  'provision-deploy-key',
  'await-reconciled',
  'record',
];

describe('npm start', { timeout: 60_000 }, () => {
  it('onboards the example, ends with 0 when told to end, and leaves nothing behind', async () => {
    const { ended, output } = start('--once', '--port', '0');

    expect(await ended, output()).toBe(0);
    for (const step of steps) expect(output()).toMatch(new RegExp(`SUCCEEDED ${step} `));
    expect(output()).toMatch(/Ready in \d+\.\d s/);
    expect(output()).toContain('the cluster production runs Flux from its repository');
    expect(await readdir(directory)).toEqual([]);
  });

  it('goes on with what it kept, where onboarding again changes nothing', async () => {
    const first = start('--once', '--port', '0', '--data', join(directory, 'data'));
    expect(await first.ended, first.output()).toBe(0);

    const second = start('--once', '--port', '0', '--data', join(directory, 'data'));

    expect(await second.ended, second.output()).toBe(0);
    expect(second.output()).toMatch(/PUT {2}\/v1\/customers\/acme {2}200/);
    expect(second.output()).toMatch(/SKIPPED {3}commit-manifests /);
    expect(second.output()).toMatch(/SKIPPED {3}provision-deploy-key /);
  });

  it.each(['/clusters/production  201', 'commit-manifests', 'provision-deploy-key'])(
    'does the job when it was killed after it printed %j',
    async (text) => {
      const killed = start('--port', '0', '--data', join(directory, 'data'));
      await killed.printed(text);
      killed.child.kill('SIGKILL');
      await killed.ended;

      const next = start('--once', '--port', '0', '--data', join(directory, 'data'));

      expect(await next.ended, next.output()).toBe(0);
      const github = JSON.parse(await readFile(join(directory, 'data', 'github.json'), 'utf8'));
      const changes = (github.history as { action: string; detail: { changed?: boolean } }[]).filter(
        ({ detail }) => detail.changed,
      );
      const count = (action: string): number => changes.filter((one) => one.action === action).length;
      expect([count('github:UpdateRef'), count('github:CreateDeployKey') - count('github:DeleteDeployKey')]).toEqual([
        1, 1,
      ]);
    },
  );

  it('refuses a directory that another one uses, and ends with the words of an operation that fails', async () => {
    const data = join(directory, 'data');
    const first = start('--port', '0', '--data', data);
    await first.printed('Ctrl-C ends it.');
    const second = start('--once', '--port', '0', '--data', data);
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`is in use by the process ${first.child.pid}`);
    const protect = commandsOf(first.output()).filter(({ command }) => command.includes('requiredReviews'));
    await runAll(protect.map(({ command }) => command));
    first.child.kill('SIGINT');
    await first.ended;

    const third = start('--once', '--port', '0', '--data', data);

    expect(await third.ended).toBe(1);
    expect(third.output()).toContain('preflight failed with branch-protected');
    expect(third.output()).toMatch(/^ {2}- \w/m);
  });

  it('prints commands that work when they are pasted, one after the other', async () => {
    const started = start('--port', '0');
    await started.printed('Ctrl-C ends it.');
    const commands = commandsOf(started.output());

    const answers = await runAll(commands.map(({ command }) => command));

    expect(commands.length).toBeGreaterThan(12);
    expect(answers.map(({ status }) => status)).toEqual(commands.map(({ status }) => status));
    const text = answers.map(({ body }) => body).join('\n');
    expect(text).toContain('"code":"branch-protected"');
    expect(text).toContain('"state":"CANCELLED"');
    expect(text).toContain('"code":"resource-in-use"');
    started.child.kill('SIGTERM');
    expect(await started.ended).toBe(0);
    expect(await readdir(directory)).toEqual([]);
  });

  it('keeps each secret in its one place', async () => {
    const data = join(directory, 'data');
    const { ended, output } = start('--once', '--port', '0', '--data', data);
    expect(await ended, output()).toBe(0);
    const files = await everythingIn(data);
    const secrets = await secretsOf(data);

    const found = [...files, ['output', Buffer.from(output())] as const].flatMap(([name, content]) =>
      secrets
        .filter(({ home, value }) => name !== home && content.includes(value))
        .map(({ what }) => `${what} in ${name}`),
    );

    expect(secrets.map(({ what }) => what)).toEqual(expect.arrayContaining(['App key', 'deploy key', "product's key"]));
    expect(found).toEqual([]);
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

  it('says that a port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const { ended, output } = start('--once', '--port', String(port));

    expect(await ended).toBe(1);
    expect(output()).toContain(`Port ${port} is taken: choose another one with --port N.`);
    expect(await readdir(directory)).toEqual([]);
    server.close();
  });
});

interface Command {
  readonly command: string;
  readonly status: number;
}

/** Each line with a curl in it, and the status that the comment behind it promises. */
function commandsOf(page: string): readonly Command[] {
  return [...page.matchAll(/^ {2}((?:\w+=\$\()?curl .*?) {2}# (\d{3})/gm)].map(([, command = '', status]) => ({
    command,
    status: Number(status),
  }));
}

/** In one shell, where a `curl` around the real one writes down what was answered. */
async function runAll(
  commands: readonly string[],
): Promise<readonly { readonly status: number; readonly body: string }[]> {
  const wrapper = 'curl() { command curl --dump-header "$HEADERS" "$@"; }';
  const marked = commands.map((command, index) => {
    const headers = `export HEADERS=${directory}/headers-${index}`;
    return `${headers}\n${command}\necho\necho '--- ${index}'`;
  });
  const shell = spawn('bash', ['-euc', [wrapper, ...marked].join('\n')], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(shell, 'close');
  const bodies = output.split(/^--- \d+\n/m);
  return Promise.all(
    commands.map(async (_, index) => {
      const headers = await readFile(join(directory, `headers-${index}`), 'utf8');
      await rm(join(directory, `headers-${index}`));
      return { status: Number(/^HTTP\/\S+ (\d{3})/.exec(headers)?.[1]), body: bodies[index] ?? '' };
    }),
  );
}

interface Secret {
  readonly what: string;
  /** The file that it belongs into. */
  readonly home: string;
  readonly value: string;
}

const principals = z.object({
  principals: z.object({ $map: z.array(z.tuple([z.string(), z.object({ secretAccessKey: z.string() })])) }),
  sessions: z.object({
    $map: z.array(z.tuple([z.string(), z.object({ secretAccessKey: z.string(), sessionToken: z.string() })])),
  }),
});

/** A line from the middle of each private key; keys of AWS as they are. */
async function secretsOf(data: string): Promise<readonly Secret[]> {
  const aws = principals.parse(JSON.parse(await readFile(join(data, 'aws.json'), 'utf8')));
  const cluster = await readFile(join(data, 'cluster-production.json'), 'utf8');
  const appKey = await readFile(join(data, 'github-app.pem'), 'utf8');
  const identity = /"identity":"([^"]+)"/.exec(cluster)?.[1] ?? '';
  const pem = Buffer.from(identity, 'base64').toString();
  return [
    { what: 'App key', home: 'github-app.pem', value: appKey.split('\n')[5] ?? '' },
    { what: 'deploy key', home: 'cluster-production.json', value: identity },
    { what: 'deploy key in PEM', home: 'cluster-production.json', value: pem.split('\n')[1] ?? '' },
    ...aws.principals.$map.map(([, { secretAccessKey }]) => ({
      what: "product's key",
      home: 'aws.json',
      value: secretAccessKey,
    })),
    ...aws.sessions.$map.flatMap(([, session]) => [
      { what: "session's key", home: 'aws.json', value: session.secretAccessKey },
      { what: "session's token", home: 'aws.json', value: session.sessionToken },
    ]),
  ].map((secret) => {
    if (secret.value.length < 16) throw new Error(`there is no ${secret.what} to look for`);
    return secret;
  });
}
