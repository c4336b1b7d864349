import { expect, it } from 'vitest';
import { readableAnswer } from '../../sandbox/readable-answer.ts';

const asked = (userAgent: string) => new Request('http://127.0.0.1/', { headers: { 'user-agent': userAgent } });
const problem = () =>
  new Response('{"code":"not-found","usedBy":[]}', {
    status: 404,
    headers: { 'content-type': 'application/problem+json', 'content-length': '32', 'x-request-id': 'one' },
  });

it('breaks JSON into lines for curl, and keeps status and headers', async () => {
  const answer = await readableAnswer(asked('curl/8.5.0'), problem());

  expect(await answer.text()).toBe('{\n  "code": "not-found",\n  "usedBy": []\n}\n');
  expect([answer.status, answer.headers.get('x-request-id')]).toEqual([404, 'one']);
  expect(answer.headers.get('content-length')).toBeNull();
});

it.each(['node', 'aws-sdk-js/3', 'Mozilla/5.0', 'libcurl/8'])('leaves what %s gets as it is', async (userAgent) => {
  const answer = problem();

  expect(await readableAnswer(asked(userAgent), answer)).toBe(answer);
});

it.each([
  ['YAML', new Response('openapi: 3.1.0', { headers: { 'content-type': 'application/yaml' } })],
  ['nothing', new Response(null, { status: 204 })],
])('leaves %s as it is', async (_, answer) => {
  expect(await readableAnswer(asked('curl/8.5.0'), answer)).toBe(answer);
});

it('leaves the answer to HEAD without a body', async () => {
  const head = new Response(null, { headers: { 'content-type': 'application/json' } });

  const answer = await readableAnswer(asked('curl/8.5.0'), head);

  expect([answer.status, answer.body]).toEqual([200, null]);
});
