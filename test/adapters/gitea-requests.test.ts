import { afterEach, describe, expect, it } from 'vitest';
import { OutsideCallError } from '../../src/errors.ts';
import type { ScriptedReply } from '../support/scripted-server.ts';
import { startScriptedServer } from '../support/scripted-server.ts';
import { never, repository, type ScriptedGitea, secretToken, startScriptedGitea } from './gitea-server.ts';

const blobPath = 'GET /repos/acme/infrastructure/git/blobs/abc';
let gitea: ScriptedGitea | undefined;

afterEach(() => gitea?.close());

/** The error of reading a blob when this is the answer. */
async function failureFor(
  reply: ScriptedReply,
  options: { requestTimeoutMs?: number } = {},
): Promise<OutsideCallError> {
  gitea = await startScriptedGitea({ [blobPath]: reply }, options);
  const error: unknown = await gitea.host.readBlob(repository, 'abc', never).catch((caught: unknown) => caught);
  if (!(error instanceof OutsideCallError)) throw new TypeError('expected an OutsideCallError');
  return error;
}

describe('requests to Gitea', () => {
  it.each([
    { status: 401, failure: 'unauthenticated', retryable: false },
    { status: 403, failure: 'forbidden', retryable: false },
    { status: 404, failure: 'rejected', retryable: false },
    { status: 422, failure: 'rejected', retryable: false },
    { status: 429, failure: 'throttled', retryable: true },
    { status: 500, failure: 'server-error', retryable: true },
    { status: 503, failure: 'server-error', retryable: true },
  ])('turn $status into "$failure"', async ({ status, failure, retryable }) => {
    const error = await failureFor({ status, body: { message: 'because', url: 'https://git.example/api/swagger' } });

    expect(error).toMatchObject({ system: 'git-host', failure, retryable, status, answer: 'because' });
    expect(error.attempted).toBe('read the blob abc of acme/infrastructure');
  });

  it.each([
    { status: 429, headers: { 'retry-after': '17' }, seconds: 17 },
    { status: 403, headers: { 'retry-after': '60' }, seconds: 60 },
    {
      status: 429,
      headers: { date: 'Mon, 23 Nov 2026 15:00:00 GMT', 'retry-after': 'Mon, 23 Nov 2026 15:01:30 GMT' },
      seconds: 90,
    },
  ])('say when to come back: $status $headers', async ({ status, headers, seconds }) => {
    const error = await failureFor({ status, headers, body: {} });

    expect(error).toMatchObject({ failure: 'throttled', retryAfterSeconds: seconds, retryable: true });
  });

  it('follow no redirect, so that the token reaches no other origin', async () => {
    const elsewhere = await startScriptedServer(() => ({ body: {} }));
    const error = await failureFor({ status: 302, headers: { location: `${elsewhere.url}/api/v1/x` } });

    expect(error).toMatchObject({ failure: 'rejected', status: 302 });
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });

  it('send nothing again when the answer is lost', async () => {
    gitea = await startScriptedGitea({ 'POST /repos/acme/infrastructure/keys': 'cut' });

    const adding = gitea.host.addDeployKey(repository, { title: 't', publicKey: 'k' }, never);

    await expect(adding).rejects.toMatchObject({ failure: 'unreachable', retryable: true });
    expect(gitea.requests).toHaveLength(1);
  });

  it('end with their own deadline and with the caller', async () => {
    expect(await failureFor('hang', { requestTimeoutMs: 20 })).toMatchObject({ failure: 'timeout', retryable: true });
    const controller = new AbortController();
    controller.abort();

    const reading = gitea?.host.readBlob(repository, 'abc', controller.signal);

    await expect(reading).rejects.toMatchObject({ failure: 'timeout' });
  });

  it('say that nobody listens', async () => {
    gitea = await startScriptedGitea({});
    await gitea.close();

    await expect(gitea.host.readBlob(repository, 'abc', never)).rejects.toMatchObject({ failure: 'unreachable' });
  });

  it.each([
    { what: 'no JSON', reply: { body: '<html>' }, answer: 'form' },
    { what: 'another form', reply: { body: { content: 5 } }, answer: 'form' },
    { what: 'too many bytes', reply: { body: ' '.repeat(33 * 1024 * 1024) }, answer: 'larger than 33554432 bytes' },
  ])('do not take $what for an answer', async ({ reply, answer }) => {
    const error = await failureFor(reply);

    expect(error).toMatchObject({ failure: 'protocol', retryable: false, answer: expect.stringContaining(answer) });
  });

  it('carry the token in a header, and never in an error', async () => {
    const error = await failureFor({ status: 500, body: { message: '' } });

    expect(gitea?.requests[0]?.headers.authorization).toBe(`token ${secretToken}`);
    expect(JSON.stringify([error, error.message, String(error.cause), error.stack])).not.toContain(secretToken);
  });

  it('encode names, and refuse those that would lead to another path', async () => {
    gitea = await startScriptedGitea({});
    const odd = { owner: 'a/b', name: 'c?d#e%2F' };

    await gitea.host.inspectRepository(odd, 'fix/ä', never);
    const paths = gitea.requests.map((request) => request.path).sort();

    const base = '/api/v1/repos/a%2Fb/c%3Fd%23e%252F';
    expect(paths).toEqual([base, `${base}/branches/fix/%C3%A4`]);
    for (const name of ['..', '.', '']) {
      await expect(gitea.host.listDeployKeys({ owner: 'acme', name }, never)).rejects.toMatchObject({
        failure: 'rejected',
      });
    }
    expect(gitea.requests).toHaveLength(2);
    expect(gitea.host.sshUrl(odd)).toBe('ssh://git@git.example:2222/a%2Fb/c%3Fd%23e%252F.git');
  });
});
