import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectionReset, faultBody } from '../../../../sandbox/simulators/faults.ts';
import { createKubernetesApi } from '../../../../sandbox/simulators/kubernetes/kubernetes-api.ts';
import {
  createKubernetesWorld,
  type KubernetesWorld,
} from '../../../../sandbox/simulators/kubernetes/kubernetes-world.ts';

const callers = new Map([
  ['admin', { username: 'arn:admin', groups: ['eks-access-policy:AmazonEKSClusterAdminPolicy'] }],
  ['weak', { username: 'weak', groups: ['viewers'] }],
]);

let world: KubernetesWorld;
let send: (method: string, path: string, options?: Sent) => Promise<Response>;

interface Sent {
  readonly body?: object | string;
  readonly type?: string;
  readonly token?: string;
}

beforeEach(() => {
  world = createKubernetesWorld({ later: (work) => work() });
  const api = createKubernetesApi(world, { authenticate: async (token) => callers.get(token) });
  send = async (method, path, { body, type = 'application/json', token = 'admin' } = {}) =>
    api.fetch(
      new Request(`https://cluster${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': type, 'user-agent': 'tester/1' },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    );
});

afterEach(() => {
  vi.useRealTimers();
});

const maps = '/api/v1/namespaces/default/configmaps';
const applyType = 'application/apply-patch+yaml';
const mergeType = 'application/merge-patch+json';

function map(name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', labels }, data };
}

async function apply(object: ReturnType<typeof map>, query = 'fieldManager=flux'): Promise<Response> {
  return send('PATCH', `${maps}/${object.metadata.name}?${query}`, { body: object, type: applyType });
}

interface Body {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: object;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

async function bodyOf(answer: Response): Promise<Body> {
  return (await answer.json()) as Body;
}

async function statusOf(answer: Response) {
  const body = await bodyOf(answer);
  return { status: answer.status, reason: body.reason, message: body.message, details: body.details };
}

describe('requests', () => {
  it('answers with the Status of a conflict: each field, and who has it', async () => {
    await apply(map('shared', { a: '1', b: '1' }), 'fieldManager=kubectl');

    const answer = await apply(map('shared', { a: '2', b: '1' }));

    expect(await statusOf(answer)).toMatchObject({
      status: 409,
      reason: 'Conflict',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "kubectl"', field: '.data.a' }] },
    });
    expect((await apply(map('shared', { a: '2' }), 'fieldManager=flux&force=true')).status).toBe(200);
  });

  it('names the managers of fields, by the user agent where a request names none', async () => {
    await send('POST', maps, { body: map('owned', { a: '1' }) });
    await apply(map('owned', { b: '2' }));

    const body = await bodyOf(await send('GET', `${maps}/owned`));

    expect(body.metadata['managedFields']).toMatchObject([
      { manager: 'flux', operation: 'Apply', apiVersion: 'v1', fieldsV1: { 'f:data': { 'f:b': {} } } },
      { manager: 'tester', operation: 'Update', fieldsV1: { 'f:data': { 'f:a': {} } } },
    ]);
  });

  it('reads YAML where something is applied', async () => {
    const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  a: "1"\n';

    const answer = await send('PATCH', `${maps}/yaml?fieldManager=flux`, { body, type: applyType });

    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({ metadata: { namespace: 'default' }, data: { a: '1' } });
  });

  it.each([
    [
      'a patch of another kind',
      'PATCH',
      `${maps}/a`,
      { body: {}, type: 'application/strategic-merge-patch+json' },
      415,
    ],
    ['an apply by nobody', 'PATCH', `${maps}/a`, { body: map('a'), type: applyType }, 422],
    ['a name that is not the path’s', 'PATCH', `${maps}/b?fieldManager=f`, { body: map('a'), type: applyType }, 400],
    ['a body that is no JSON', 'POST', maps, { body: '{' }, 400],
    ['a body of another kind', 'POST', maps, { body: { ...map('a'), kind: 'Secret' } }, 400],
    ['a body without a name', 'POST', maps, { body: { ...map('a'), metadata: {} } }, 422],
    ['a body of more than 3 MiB', 'POST', maps, { body: map('a', { big: 'x'.repeat(3 * 2 ** 20) }) }, 413],
    ['values of more than 1 MiB', 'POST', maps, { body: map('a', { big: 'x'.repeat(2 ** 20 + 1) }) }, 422],
    ['to replace', 'PUT', `${maps}/a`, { body: map('a') }, 405],
    ['a subresource that is none', 'GET', `${maps}/a/status`, {}, 404],
    ['a path that is none', 'GET', '/nothing', {}, 404],
    ['an unknown token', 'GET', maps, { token: 'nobody' }, 401],
    ['somebody without the right', 'GET', maps, { token: 'weak' }, 403],
  ])('refuses %s', async (...[, method, path, sent, status]) => {
    const answer = await send(method, path, sent);

    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ kind: 'Status', status: 'Failure', code: status });
    expect(world.history).toEqual([]);
  });

  it('lists page by page, and only what the selectors mean', async () => {
    for (const name of ['c', 'a', 'b']) await apply(map(name, {}, { tier: name === 'b' ? 'gold' : 'none' }));
    const names = ({ items }: Body) => items.map(({ metadata }) => metadata.name);

    const first = await bodyOf(await send('GET', `${maps}?limit=2`));
    const second = await bodyOf(await send('GET', `${maps}?limit=2&continue=${String(first.metadata['continue'])}`));
    const gold = await bodyOf(await send('GET', `${maps}?labelSelector=tier%3Dgold`));

    expect([names(first), first.metadata['remainingItemCount'], names(second)]).toEqual([['a', 'b'], 1, ['c']]);
    expect(second.metadata).not.toHaveProperty('continue');
    expect(names(gold)).toEqual(['b']);
  });
});

describe('access', () => {
  it('follows roles and bindings, and lets no one create by apply who may only patch', async () => {
    const group = 'rbac.authorization.k8s.io';
    const by = { fieldManager: 'owner', by: 'owner' };
    const metadata = { name: 'patchers' };
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['patch'] }];
    world.create({ apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata, rules }, by);
    const roleRef = { apiGroup: group, kind: 'ClusterRole', name: 'patchers' };
    const subjects = [{ apiGroup: group, kind: 'Group', name: 'viewers' }];
    world.create({ apiVersion: `${group}/v1`, kind: 'ClusterRoleBinding', metadata, roleRef, subjects }, by);
    await apply(map('present'));
    const sent = { body: { data: { a: '1' } }, type: mergeType, token: 'weak' };

    const patched = await send('PATCH', `${maps}/present`, sent);
    const absent = { body: map('absent'), type: applyType, token: 'weak' };
    const created = await send('PATCH', `${maps}/absent?fieldManager=f`, absent);

    expect(patched.status).toBe(200);
    expect(await statusOf(created)).toMatchObject({
      status: 403,
      message:
        'configmaps "absent" is forbidden: User "weak" cannot create resource "configmaps" in API group "" in the namespace "default"',
    });
  });
});

describe('faults', () => {
  const fault = (one: object) => void world.faults.push(faultBody.parse(one));

  it('throttles, and says for how long', async () => {
    fault({ action: 'kubernetes:apply', error: { status: 429, code: 'TooManyRequests', retryAfterSeconds: 3 } });

    const answer = await apply(map('a'));

    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '3']);
    expect(world.history).toEqual([]);
    expect((await apply(map('a'))).status).toBe(201);
  });

  it('does all and loses the answer', async () => {
    fault({ action: 'kubernetes:create', when: 'after', error: 'reset' });

    await expect(send('POST', maps, { body: map('a') })).rejects.toBeInstanceOf(ConnectionReset);

    expect((await send('GET', `${maps}/a`)).status).toBe(200);
  });

  it('answers reads from before the last change', async () => {
    await apply(map('a', { text: 'old' }));
    await apply(map('a', { text: 'new' }));
    await apply(map('b'));
    fault({ action: 'kubernetes:get', isStale: true });
    fault({ action: 'kubernetes:list', isStale: true });

    expect(await (await send('GET', `${maps}/a`)).json()).toMatchObject({ data: { text: 'old' } });
    expect((await bodyOf(await send('GET', maps))).items).toHaveLength(1);
    expect((await bodyOf(await send('GET', maps))).items).toHaveLength(2);
  });

  it.each([
    ['version', 'GET', '/version'],
    ['discovery', 'GET', '/apis'],
    ['watch', 'GET', `${maps}?watch=true`],
    ['delete', 'DELETE', `${maps}/a`],
    ['review', 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'],
  ])('has a fault for %s', async (verb, method, path) => {
    fault({ action: `kubernetes:${verb}`, error: { status: 503, code: 'ServiceUnavailable' } });

    expect((await send(method, path)).status).toBe(503);
    expect(world.faults).toEqual([]);
  });
});

describe('watches', () => {
  const decoder = new TextDecoder();
  async function readAll(answer: Response) {
    return (await answer.text())
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }
  const short = (events: { type: string; object: { metadata: { name?: string } } }[]) =>
    events.map(({ type, object }) => [type, object.metadata.name]);

  it('tells what has happened since, and a bookmark when the time is up', async () => {
    vi.useFakeTimers();
    await apply(map('a'));
    const { resourceVersion } = (await bodyOf(await send('GET', maps))).metadata;
    await apply(map('b', {}, { tier: 'gold' }));
    const query = `watch=true&resourceVersion=${String(resourceVersion)}&allowWatchBookmarks=true&timeoutSeconds=5`;
    const answer = await send('GET', `${maps}?${query}`);

    await apply(map('b'));
    await send('DELETE', `${maps}/a`);
    vi.advanceTimersByTime(5000);
    const events = await readAll(answer);

    expect(short(events)).toEqual([
      ['ADDED', 'b'],
      ['MODIFIED', 'b'],
      ['DELETED', 'a'],
      ['BOOKMARK', undefined],
    ]);
    expect(events.at(-1).object.metadata.resourceVersion).toBe(events.at(-2).object.metadata.resourceVersion);
  });

  it('tells of an object that leaves a selector as of one that is gone', async () => {
    vi.useFakeTimers();
    await apply(map('b', {}, { tier: 'gold' }));
    const answer = await send('GET', `${maps}?watch=true&labelSelector=tier%3Dgold&timeoutSeconds=1`);

    await apply(map('b'));
    vi.advanceTimersByTime(1000);

    expect(short(await readAll(answer))).toEqual([
      ['ADDED', 'b'],
      ['DELETED', 'b'],
    ]);
  });

  it('says that a version is too old, and listens no more once nobody reads', async () => {
    const later = createKubernetesWorld({ from: world.snapshot() });
    const api = createKubernetesApi(later, { authenticate: async (token) => callers.get(token) });
    const headers = { authorization: 'Bearer admin' };
    const old = await api.fetch(new Request(`https://c${maps}?watch=true&resourceVersion=1`, { headers }));
    const open = await send('GET', `${maps}?watch=true`);
    const reader = open.body?.getReader();
    await apply(map('a'));

    expect(decoder.decode((await reader?.read())?.value)).toContain('"type":"ADDED"');
    await reader?.cancel();
    // An event for a stream that is closed would be an error of this write.
    expect((await apply(map('b'))).status).toBe(201);
    expect(await readAll(old)).toMatchObject([{ type: 'ERROR', object: { code: 410, reason: 'Expired' } }]);
  });
});

it('keeps no value of a Secret in its history', async () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { word: 'canary-word' } };
  const path = '/api/v1/namespaces/default/secrets';

  await send('POST', path, { body: secret });
  await send('PATCH', `${path}/s`, { body: { stringData: { word: 'canary-two' } }, type: mergeType });
  await send('DELETE', `${path}/s`);

  expect(world.history.map(({ action, by, target, detail }) => [action, by, target, detail['manager']])).toEqual([
    ['kubernetes:create', 'arn:admin', 'Secret default/s', 'tester'],
    ['kubernetes:patch', 'arn:admin', 'Secret default/s', 'tester'],
    ['kubernetes:delete', 'arn:admin', 'Secret default/s', undefined],
  ]);
  const text = JSON.stringify(world.history);
  for (const word of ['canary-word', 'canary-two']) {
    expect(text).not.toContain(word);
    expect(text).not.toContain(Buffer.from(word).toString('base64'));
  }
});
