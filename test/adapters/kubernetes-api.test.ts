import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubernetesCluster } from '../../src/ports/kubernetes-cluster.ts';
import {
  discoveryList,
  discoveryOf,
  reply,
  startTestApiServer,
  status,
  type TestApiServer,
} from './kubernetes-test-server.ts';

const configMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'one', namespace: 'flux-system' },
  data: { a: '1' },
  fieldThatNobodyKnows: { kept: true },
};
const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'one', namespace: 'flux-system' };
const path = '/api/v1/namespaces/flux-system/configmaps/one';
const unknownKind = { apiVersion: 'example.org/v1', kind: 'Unknown', name: 'one', namespace: 'flux-system' };
const { signal } = new AbortController();

let api: TestApiServer;
let cluster: KubernetesCluster;

beforeEach(async () => {
  api = await startTestApiServer();
  cluster = api.client();
});

afterEach(() => api.stop());

function answer(code: number, body: unknown): void {
  api.answering = (_request, response) => reply(response, code, body);
}

describe('version', () => {
  it('is the gitVersion of the API server', async () => {
    answer(200, { major: '1', minor: '36', gitVersion: 'v1.36.3-eks-1234567' });

    await expect(cluster.version(signal)).resolves.toBe('v1.36.3-eks-1234567');
  });

  it('is refused when the answer has none', async () => {
    answer(200, { major: '1' });

    await expect(cluster.version(signal)).rejects.toMatchObject({ failure: 'protocol' });
  });
});

describe('get', () => {
  it('answers the object with every field that it has', async () => {
    answer(200, configMap);

    await expect(cluster.get(reference, signal)).resolves.toEqual(configMap);
    expect(api.calls()).toMatchObject([{ method: 'GET', path }]);
  });

  it('answers nothing when there is no such object', async () => {
    await expect(cluster.get(reference, signal)).resolves.toBeUndefined();
  });

  it('answers nothing, and asks for no object, when the kind is unknown', async () => {
    await expect(cluster.get(unknownKind, signal)).resolves.toBeUndefined();
    expect(api.calls()).toEqual([]);
  });

  it('refuses an answer that is no object', async () => {
    answer(200, { kind: 'ConfigMap' });

    await expect(cluster.get(reference, signal)).rejects.toMatchObject({ failure: 'protocol' });
  });
});

describe('list', () => {
  it('reads all pages, and gives each object its kind', async () => {
    api.answering = ({ query }, response) => {
      const isFirst = query.get('continue') === null;
      reply(response, 200, {
        metadata: isFirst ? { resourceVersion: '7', continue: 'page two&' } : { resourceVersion: '7' },
        items: [{ metadata: { name: isFirst ? 'one' : 'two' } }],
      });
    };

    const objects = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'flux-system' }, signal);

    expect(objects).toEqual([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'two' } },
    ]);
    expect(api.calls().map(({ query }) => query.get('continue'))).toEqual([null, 'page two&']);
  });

  it('covers all namespaces when none is named', async () => {
    answer(200, { metadata: {}, items: [] });

    await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, signal);

    expect(api.calls()).toMatchObject([{ path: '/api/v1/configmaps' }]);
  });

  it('is empty when the kind is unknown', async () => {
    await expect(cluster.list({ apiVersion: 'example.org/v1', kind: 'Unknown' }, signal)).resolves.toEqual([]);
  });

  it('is empty when the kind has gone since it was discovered', async () => {
    await expect(cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, signal)).resolves.toEqual([]);
  });
});

describe('apply', () => {
  it('is a forced server-side apply of the object as it was given', async () => {
    answer(200, { ...configMap, metadata: { ...configMap.metadata, uid: 'u' } });

    const applied = await cluster.apply(configMap, 'flux & co', signal);

    expect(applied.metadata.uid).toBe('u');
    const [request] = api.calls();
    expect(request).toMatchObject({ method: 'PATCH', path, body: configMap });
    expect(request?.headers['content-type']).toBe('application/apply-patch+yaml');
    expect(Object.fromEntries(request?.query ?? [])).toEqual({ fieldManager: 'flux & co', force: 'true' });
  });

  it('finds a kind that came into being after the first discovery', async () => {
    const widget = { apiVersion: 'example.org/v1', kind: 'Widget', metadata: { name: 'one' } };
    answer(200, widget);
    await cluster.get({ ...unknownKind, apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository' }, signal);
    api.discovery = discoveryList(discoveryOf('example.org', 'v1', { Widget: ['widgets', 'Cluster'] }));

    await cluster.apply(widget, 'flux', signal);

    expect(api.calls().at(-1)).toMatchObject({ method: 'PATCH', path: '/apis/example.org/v1/widgets/one' });
  });

  it('may be tried again when the kind stays unknown: another API server may know it already', async () => {
    const object = { apiVersion: 'example.org/v1', kind: 'Unknown', metadata: { name: 'one' } };

    await expect(cluster.apply(object, 'flux', signal)).rejects.toMatchObject({
      failure: 'server-error',
      retryable: true,
      status: 404,
      message: 'kubernetes: apply Unknown one: server-error: the API server knows no kind Unknown in example.org/v1',
    });
  });

  it('is rejected for a namespaced object without a namespace', async () => {
    await expect(cluster.apply({ ...configMap, metadata: { name: 'one' } }, 'flux', signal)).rejects.toMatchObject({
      failure: 'rejected',
    });
    expect(api.calls()).toEqual([]);
  });

  it('repeats no value of a Secret when the API server does', async () => {
    const words = status(400, 'BadRequest', 'cannot decode "PRIVATE KEY"');
    answer(400, words);

    const secret = { ...configMap, kind: 'Secret', data: { identity: 'PRIVATE KEY' } };
    await expect(cluster.apply(secret, 'flux', signal)).rejects.toMatchObject({
      failure: 'rejected',
      answer: 'BadRequest',
    });
    await expect(cluster.apply(configMap, 'flux', signal)).rejects.toMatchObject({
      answer: 'cannot decode "PRIVATE KEY"',
    });
  });
});

describe('apply as a dry run', () => {
  it('asks the API server to store nothing, and answers the object as it would be', async () => {
    answer(200, { ...configMap, data: { a: '2' } });

    await expect(cluster.applyDryRun(configMap, 'flux', signal)).resolves.toMatchObject({ data: { a: '2' } });

    const [request, ...others] = api.calls();
    expect(others).toEqual([]);
    expect(request).toMatchObject({ method: 'PATCH', path, body: configMap });
    expect(request?.headers['content-type']).toBe('application/apply-patch+yaml');
    expect(Object.fromEntries(request?.query ?? [])).toEqual({ fieldManager: 'flux', force: 'true', dryRun: 'All' });
  });
});

describe('create', () => {
  it('posts the object beside its neighbours', async () => {
    answer(201, configMap);

    await expect(cluster.create(configMap, signal)).resolves.toEqual({ kind: 'created' });
    expect(api.calls()).toMatchObject([
      { method: 'POST', path: '/api/v1/namespaces/flux-system/configmaps', body: configMap },
    ]);
  });

  it('leaves an object that exists', async () => {
    answer(409, status(409, 'AlreadyExists', 'configmaps "one" already exists'));

    await expect(cluster.create(configMap, signal)).resolves.toEqual({ kind: 'exists' });
  });

  it('does not take another conflict for an object that exists', async () => {
    answer(409, status(409, 'Conflict', 'try again'));

    await expect(cluster.create(configMap, signal)).rejects.toMatchObject({ failure: 'rejected', status: 409 });
  });
});

describe('patch', () => {
  it('sends a merge patch and answers the object as it is now', async () => {
    answer(200, configMap);

    await expect(cluster.patch(reference, { data: { a: null } }, signal)).resolves.toEqual(configMap);
    expect(api.calls()).toMatchObject([{ method: 'PATCH', path, body: { data: { a: null } } }]);
    expect(api.calls()[0]?.headers['content-type']).toBe('application/merge-patch+json');
  });

  it('answers nothing when the object, or its kind, does not exist', async () => {
    await expect(cluster.patch(reference, {}, signal)).resolves.toBeUndefined();
    await expect(cluster.patch(unknownKind, {}, signal)).resolves.toBeUndefined();
  });
});

describe('delete', () => {
  it('deletes only the object with this UID', async () => {
    answer(200, status(200, '', ''));

    await expect(cluster.delete(reference, 'uid-1', signal)).resolves.toEqual({ kind: 'deleted' });
    expect(api.calls()).toMatchObject([{ method: 'DELETE', path, body: { preconditions: { uid: 'uid-1' } } }]);
  });

  it('leaves an object that has another UID', async () => {
    answer(409, status(409, 'Conflict', 'the UID in the precondition does not match'));

    await expect(cluster.delete(reference, 'uid-1', signal)).resolves.toEqual({ kind: 'replaced' });
  });

  it('is content when the object, or its kind, does not exist', async () => {
    await expect(cluster.delete(reference, 'uid-1', signal)).resolves.toEqual({ kind: 'absent' });
    await expect(cluster.delete(unknownKind, 'uid-1', signal)).resolves.toEqual({ kind: 'absent' });
  });

  it('never deletes a collection for want of a name', async () => {
    await expect(cluster.delete({ ...reference, name: '' }, 'uid-1', signal)).rejects.toMatchObject({
      failure: 'rejected',
    });
    expect(api.calls()).toEqual([]);
  });
});

describe('isAllowed', () => {
  it.each([true, false])('answers what the API server says: %s', async (allowed) => {
    answer(201, { kind: 'SelfSubjectAccessReview', status: { allowed } });

    await expect(cluster.isAllowed({ verb: '*', group: '*', resource: '*' }, signal)).resolves.toBe(allowed);
    expect(api.calls()).toMatchObject([
      {
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        body: { spec: { resourceAttributes: { verb: '*', group: '*', resource: '*' } } },
      },
    ]);
  });

  it('does not take a missing answer for a yes or a no', async () => {
    answer(201, { kind: 'SelfSubjectAccessReview' });

    await expect(cluster.isAllowed({ verb: '*', group: '*', resource: '*' }, signal)).rejects.toMatchObject({
      failure: 'protocol',
    });
  });
});
