import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../src/ports/kubernetes-cluster.ts';
import { failureOf } from '../support/failures.ts';
import { configMap, type Given, manager, never, referenceTo } from './kubernetes-cluster-world.ts';

function deployment(namespace: string, name: string, containers: readonly object[]): KubernetesObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
}

export function applying(given: () => Given): void {
  it('creates once, and changes nothing the second time', async () => {
    const { admin, namespace } = given();
    const object = deployment(namespace, 'same', [{ name: 'web', image: 'web:1', ports: [{ containerPort: 80 }] }]);

    const first = await admin.apply(object, manager, never);
    const second = await admin.apply(object, manager, never);

    expect(second.metadata).toEqual(first.metadata);
    expect(first.metadata).toMatchObject({ generation: 1, namespace, name: 'same' });
    expect(first).toMatchObject({ spec: { replicas: 1 } });
  });

  it('counts a generation for a changed spec, and none for a label', async () => {
    const { admin, namespace } = given();
    const object = deployment(namespace, 'counted', [{ name: 'web', image: 'web:1' }]);
    await admin.apply(object, manager, never);

    const labelled = await admin.apply(
      { ...object, metadata: { ...object.metadata, labels: { tier: 'gold' } } },
      manager,
      never,
    );
    const changed = await admin.apply(
      deployment(namespace, 'counted', [{ name: 'web', image: 'web:2' }]),
      manager,
      never,
    );

    expect(labelled.metadata.generation).toBe(1);
    expect(changed.metadata).toMatchObject({ generation: 2 });
    expect(changed.metadata).not.toHaveProperty('labels');
  });

  it('takes away what its manager applies no more, and leaves what others own', async () => {
    const { admin, namespace } = given();
    await admin.apply(configMap(namespace, 'shared', { kept: '1', dropped: '2' }), manager, never);
    await admin.apply(configMap(namespace, 'shared', { foreign: '3' }), 'other', never);
    await admin.patch(referenceTo(configMap(namespace, 'shared')), { data: { patched: '4' } }, never);

    const after = await admin.apply(configMap(namespace, 'shared', { kept: '1' }), manager, never);

    expect(after['data']).toEqual({ kept: '1', foreign: '3', patched: '4' });
  });

  it('takes over by force: what the former owner leaves out stays', async () => {
    const { admin, namespace } = given();
    await admin.apply(configMap(namespace, 'taken', { value: 'theirs', beside: '1' }), 'other', never);

    const taken = await admin.apply(configMap(namespace, 'taken', { value: 'ours' }), manager, never);
    const after = await admin.apply(configMap(namespace, 'taken'), 'other', never);

    expect(taken['data']).toEqual({ value: 'ours', beside: '1' });
    expect(after['data']).toEqual({ value: 'ours' });
  });

  it('keeps what two managers apply with the same value until both have left it', async () => {
    const { admin, namespace } = given();
    await admin.apply(configMap(namespace, 'common', { value: 'same', own: '1' }), 'other', never);
    await admin.apply(configMap(namespace, 'common', { value: 'same' }), manager, never);

    const one = await admin.apply(configMap(namespace, 'common', { own: '1' }), 'other', never);
    const none = await admin.apply(configMap(namespace, 'common'), manager, never);

    expect(one['data']).toEqual({ value: 'same', own: '1' });
    expect(none['data']).toEqual({ own: '1' });
  });

  it('merges containers, ports and variables by their keys', async () => {
    const { admin, namespace } = given();
    const env = [
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
    ];
    await admin.apply(deployment(namespace, 'lists', [{ name: 'web', image: 'web:1', env }]), manager, never);
    const theirs = { name: 'web', ports: [{ containerPort: 80, protocol: 'TCP' }], env: [{ name: 'C', value: '3' }] };
    await admin.apply(deployment(namespace, 'lists', [theirs, { name: 'side', image: 'side:1' }]), 'other', never);

    const after = await admin.apply(
      deployment(namespace, 'lists', [{ name: 'web', image: 'web:2', env: env.slice(0, 1) }]),
      manager,
      never,
    );

    const { containers } = (after as { spec?: { template: { spec: { containers: readonly object[] } } } }).spec
      ?.template.spec ?? { containers: [] };
    expect(containers).toMatchObject([
      { name: 'web', image: 'web:2', ports: [{ containerPort: 80 }] },
      { name: 'side', image: 'side:1' },
    ]);
    expect(containers[0]).toHaveProperty('env', [
      { name: 'A', value: '1' },
      { name: 'C', value: '3' },
    ]);
  });

  it('tells by a dry run what would be, and stores nothing', async () => {
    const { admin, namespace } = given();
    const absent = configMap(namespace, 'imagined', { text: '1' });
    const present = await admin.apply(configMap(namespace, 'present', { text: '1' }), manager, never);

    const imagined = await admin.applyDryRun(absent, manager, never);
    const changed = await admin.applyDryRun(configMap(namespace, 'present', { text: '2' }), manager, never);

    expect(imagined).toMatchObject({ data: { text: '1' } });
    expect(await admin.get(referenceTo(absent), never)).toBeUndefined();
    expect(changed).toMatchObject({ data: { text: '2' }, metadata: { uid: present.metadata.uid } });
    expect(await admin.get(referenceTo(present), never)).toEqual(present);
  });

  it('refuses a name that is none, a foreign namespace and a kind that it does not know', async () => {
    const { admin, namespace } = given();

    const name = await failureOf(admin.apply(configMap(namespace, 'Not_a_name'), manager, never));
    const where = await failureOf(admin.apply(configMap('no-such-namespace', 'lost'), manager, never));
    const kind = { apiVersion: 'example.com/v1', kind: 'Nothing', metadata: { name: 'one', namespace } };
    const unknown = await failureOf(admin.apply(kind, manager, never));

    expect(name).toMatchObject({ failure: 'rejected', status: 422 });
    expect(name.answer).toContain('metadata.name: Invalid value: "Not_a_name"');
    expect(where).toMatchObject({ status: 404, answer: 'namespaces "no-such-namespace" not found' });
    expect(unknown).toMatchObject({ status: 404, retryable: true });
  });

  it('refuses to change the selector of a Deployment, and one without containers', async () => {
    const { admin, namespace } = given();
    const object = deployment(namespace, 'fixed', [{ name: 'web', image: 'web:1' }]);
    await admin.apply(object, manager, never);

    const changed = { ...deployment(namespace, 'moved', [{ name: 'web', image: 'web:1' }]), metadata: object.metadata };
    const moved = await failureOf(admin.apply(changed, manager, never));
    const empty = await failureOf(admin.apply(deployment(namespace, 'empty', []), manager, never));

    expect(moved).toMatchObject({ status: 422, answer: expect.stringContaining('field is immutable') });
    expect(empty).toMatchObject({ status: 422, answer: expect.stringContaining('containers: Required value') });
  });
}

export function changing(given: () => Given): void {
  it('creates, and never changes what is there', async () => {
    const { admin, namespace } = given();
    const object = configMap(namespace, 'created', { text: 'first' });

    expect(await admin.create(object, never)).toEqual({ kind: 'created' });
    expect(await admin.create({ ...object, data: { text: 'second' } }, never)).toEqual({ kind: 'exists' });
    expect(await admin.get(referenceTo(object), never)).toMatchObject({ data: { text: 'first' } });
    expect(await failureOf(admin.create(configMap('no-such-namespace', 'lost'), never))).toMatchObject({ status: 404 });
  });

  it('patches: null takes away, a stale version is refused, and what is absent stays so', async () => {
    const { admin, namespace } = given();
    const reference = referenceTo(configMap(namespace, 'patched'));
    const object = await admin.apply(configMap(namespace, 'patched', { a: '1', b: '2' }), manager, never);
    const { resourceVersion } = object.metadata;

    const patched = await admin.patch(reference, { metadata: { resourceVersion }, data: { a: null, c: '3' } }, never);
    const stale = await failureOf(admin.patch(reference, { metadata: { resourceVersion }, data: { d: '4' } }, never));
    const same = await admin.patch(reference, { data: { c: '3' } }, never);

    expect(patched).toMatchObject({ data: { b: '2', c: '3' } });
    expect(patched?.['data']).not.toHaveProperty('a');
    expect(stale).toMatchObject({ status: 409, failure: 'rejected' });
    expect(stale.answer).toContain('the object has been modified; please apply your changes to the latest version');
    expect(same?.metadata.resourceVersion).toBe(patched?.metadata.resourceVersion);
    expect(await admin.patch({ ...reference, name: 'absent' }, { data: {} }, never)).toBeUndefined();
  });

  it('encodes the plain values of a Secret, and answers none of them', async () => {
    const { admin, namespace } = given();
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'plain', namespace } };

    await admin.create({ ...secret, stringData: { word: 'open sesame' } }, never);
    const stored = await admin.get(referenceTo(secret), never);

    expect(stored).toMatchObject({ type: 'Opaque', data: { word: Buffer.from('open sesame').toString('base64') } });
    expect(stored).not.toHaveProperty('stringData');
  });
}

export function deleting(given: () => Given): void {
  it('deletes the object that is meant, and no other of its name', async () => {
    const { admin, namespace } = given();
    const object = await admin.apply(configMap(namespace, 'leaving'), manager, never);
    const reference = referenceTo(object);
    const another = '00000000-0000-4000-8000-000000000000';

    expect(await admin.delete(reference, another, never)).toEqual({ kind: 'replaced' });
    expect(await admin.delete(reference, String(object.metadata.uid), never)).toEqual({ kind: 'deleted' });
    expect(await admin.delete(reference, String(object.metadata.uid), never)).toEqual({ kind: 'absent' });
    expect(await admin.delete({ ...reference, kind: 'Nothing' }, another, never)).toEqual({ kind: 'absent' });
  });

  it('keeps what a finalizer holds until that is gone', async () => {
    const { admin, namespace } = given();
    const object = await admin.apply(configMap(namespace, 'held'), manager, never);
    const reference = referenceTo(object);
    await admin.patch(reference, { metadata: { finalizers: ['example.com/hold'] } }, never);

    await admin.delete(reference, String(object.metadata.uid), never);
    const held = await admin.get(reference, never);
    await admin.patch(reference, { metadata: { finalizers: null } }, never);

    expect(held?.metadata.deletionTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(await admin.get(reference, never)).toBeUndefined();
  });

  it('lets nothing new into a namespace that is going, and ends with all that was in it', async () => {
    const { admin, run } = given();
    const name = `going-${run}`;
    const namespace = await admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, manager, never);
    const held = configMap(name, 'held');
    await admin.create({ ...held, metadata: { ...held.metadata, finalizers: ['example.com/hold'] } }, never);
    await admin.create(configMap(name, 'free'), never);

    await admin.delete(referenceTo(namespace), String(namespace.metadata.uid), never);
    const late = await failureOf(admin.create(configMap(name, 'late'), never));
    const applied = await failureOf(admin.apply(configMap(name, 'late'), manager, never));
    const terminating = await admin.get(referenceTo(namespace), never);
    await admin.patch(referenceTo(held), { metadata: { finalizers: null } }, never);
    const gone = { reference: referenceTo(namespace), isDone: (object: unknown) => object === undefined };
    const after = await admin.watchUntil({ ...gone, timeoutSeconds: 30, signal: never });

    expect(late).toMatchObject({ failure: 'forbidden', status: 403 });
    expect(late.answer).toContain(`in namespace ${name} because it is being terminated`);
    expect(applied).toMatchObject({ status: 403 });
    expect(terminating).toMatchObject({ status: { phase: 'Terminating' } });
    expect(after.isDone).toBe(true);
  });
}
