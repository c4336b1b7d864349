import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../src/ports/kubernetes-cluster.ts';
import { failureOf } from '../support/failures.ts';
import { configMap, type Given, manager, never, referenceTo } from './kubernetes-cluster-world.ts';

export function reading(given: () => Given): void {
  it('tells its version', async () => {
    expect(await given().admin.version(never)).toMatch(/^v1\.\d+\.\d+/);
  });

  it('finds nothing where the object, its namespace or its kind does not exist', async () => {
    const { admin, namespace } = given();
    const absent = referenceTo(configMap(namespace, 'absent'));

    expect(await admin.get(absent, never)).toBeUndefined();
    expect(await admin.get({ ...absent, namespace: 'no-such-namespace' }, never)).toBeUndefined();
    expect(await admin.get({ ...absent, kind: 'Nothing' }, never)).toBeUndefined();
    expect(await admin.list({ apiVersion: 'example.com/v1', kind: 'Nothing', namespace }, never)).toEqual([]);
  });

  it('lists the objects of a namespace, and those of all', async () => {
    const { admin, run } = given();
    const namespace = `list-${run}`;
    await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, never);
    await admin.create(configMap(namespace, 'one', { text: '1' }), never);
    await admin.create(configMap(namespace, 'two'), never);
    const namesOf = (objects: readonly KubernetesObject[]) =>
      objects.filter(({ metadata }) => metadata.namespace === namespace).map(({ metadata }) => metadata.name);

    const inside = await admin.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace }, never);
    const all = await admin.list({ apiVersion: 'v1', kind: 'ConfigMap' }, never);

    expect(namesOf(inside)).toEqual(['one', 'two']);
    expect(inside[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { text: '1' } });
    expect(namesOf(all)).toEqual(['one', 'two']);
  });
}

export function watching(given: () => Given): void {
  const hasText = (text: string) => (object: KubernetesObject | undefined) =>
    (object?.['data'] as Record<string, string> | undefined)?.['text'] === text;

  it('ends at once where it is done already, and with the last state when the time is up', async () => {
    const { admin, namespace } = given();
    const object = await admin.apply(configMap(namespace, 'watched', { text: 'here' }), manager, never);
    const watch = { reference: referenceTo(object), signal: never };

    const done = await admin.watchUntil({ ...watch, isDone: hasText('here'), timeoutSeconds: 30 });
    const late = await admin.watchUntil({ ...watch, isDone: hasText('never'), timeoutSeconds: 0.2 });

    expect(done).toMatchObject({ isDone: true, object: { metadata: { uid: object.metadata.uid } } });
    expect(late).toMatchObject({ isDone: false, object: { data: { text: 'here' } } });
  });

  it('sees an object come, change and go', async () => {
    const { admin, namespace } = given();
    const object = configMap(namespace, 'coming', { text: 'first' });
    const watch = { reference: referenceTo(object), timeoutSeconds: 20, signal: never };

    const coming = admin.watchUntil({ ...watch, isDone: hasText('first') });
    await admin.create(configMap(namespace, 'another', { text: 'first' }), never);
    await admin.create(object, never);
    const there = await coming;
    const changing = admin.watchUntil({ ...watch, isDone: hasText('second') });
    await admin.patch(watch.reference, { data: { text: 'second' } }, never);
    const changed = await changing;
    const going = admin.watchUntil({ ...watch, isDone: (now) => now === undefined });
    await admin.delete(watch.reference, String(there.object?.metadata.uid), never);

    expect(changed).toMatchObject({ isDone: true, object: { metadata: { name: 'coming' } } });
    expect(await going).toEqual({ isDone: true, object: undefined });
  });

  it('takes a watch up again whose connection was lost, and misses nothing', async () => {
    const { admin, namespace, overThinWire } = given();
    const { cluster, cut } = await overThinWire();
    const object = configMap(namespace, 'far', { text: 'first' });
    await admin.create(object, never);
    const seen: string[] = [];
    const { promise: isWatching, resolve } = Promise.withResolvers<void>();
    const watched = cluster.watchUntil({
      reference: referenceTo(object),
      isDone(now) {
        seen.push(String((now?.['data'] as { text: string } | undefined)?.text));
        if (seen.at(-1) === 'second') resolve();
        return hasText('third')(now);
      },
      timeoutSeconds: 20,
      signal: never,
    });
    await admin.patch(referenceTo(object), { data: { text: 'second' } }, never);
    await isWatching;

    expect(cut()).toBeGreaterThan(0);
    await admin.patch(referenceTo(object), { data: { text: 'third' } }, never);

    expect(await watched).toMatchObject({ isDone: true, object: { data: { text: 'third' } } });
  });
}

export function access(given: () => Given): void {
  const everything = { verb: '*', group: '*', resource: '*' };

  it('says what one may do', async () => {
    const { admin, as } = given();
    const weak = await as('weak');

    expect(await admin.isAllowed(everything, never)).toBe(true);
    expect(await weak.isAllowed(everything, never)).toBe(false);
    expect(await weak.isAllowed({ verb: 'create', group: '', resource: 'secrets' }, never)).toBe(false);
  });

  it('lets the weak do what they may, and names what they may not', async () => {
    const { as, namespace } = given();
    const weak = await as('weak');

    expect(await weak.get(referenceTo(configMap('default', 'absent')), never)).toBeUndefined();
    const get = await failureOf(weak.get(referenceTo(configMap(namespace, 'absent')), never));
    const apply = await failureOf(weak.apply(configMap('default', 'absent'), manager, never));

    expect(get).toMatchObject({ failure: 'forbidden', status: 403, retryable: false });
    expect(get.answer).toContain(`cannot get resource "configmaps" in API group "" in the namespace "${namespace}"`);
    expect(apply.answer).toContain('cannot patch resource "configmaps" in API group "" in the namespace "default"');
  });

  it('knows nobody by a token that is not its own', async () => {
    const stranger = await given().as('stranger');

    const error = await failureOf(stranger.get(referenceTo(configMap('default', 'absent')), never));

    expect(error).toMatchObject({ failure: 'unauthenticated', status: 401, answer: 'Unauthorized' });
  });

  it('refuses the content of a Secret without repeating it', async () => {
    const { admin, namespace } = given();
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'wrong', namespace } };
    const applied = { ...secret, data: { password: '%%canary-of-a-secret%%' } };
    const tooBig = { ...secret, data: { password: Buffer.alloc(1024 * 1024 + 1, 'x').toString('base64') } };

    const wrong = await failureOf(admin.apply(applied, manager, never));
    const created = await failureOf(admin.create(applied, never));
    const big = await failureOf(admin.create(tooBig, never));

    expect(wrong.message).not.toContain('canary-of-a-secret');
    expect(created.message).not.toContain('canary-of-a-secret');
    expect(created).toMatchObject({ failure: 'rejected', status: 400 });
    expect(big).toMatchObject({ failure: 'rejected', status: 422 });
    expect(await admin.get(referenceTo(secret), never)).toBeUndefined();
  });
}
