import { expect, it } from 'vitest';
import {
  createKubernetesWorld,
  type KubernetesEvent,
} from '../../../../sandbox/simulators/kubernetes/kubernetes-world.ts';
import type { KubernetesObject } from '../../../../src/ports/kubernetes-cluster.ts';

const flux = { fieldManager: 'flux', by: 'tests' };
const kubectl = { fieldManager: 'kubectl', by: 'somebody' };

/** A world in which nothing comes later than asked for. */
function makeWorld(options: Parameters<typeof createKubernetesWorld>[0] = {}) {
  return createKubernetesWorld({ later: (work) => work(), ...options });
}

function configMap(name: string, data: Record<string, string>, namespace = 'default'): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

function deployment(containers: readonly object[]): KubernetesObject {
  const labels = { app: 'web' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
}

const widgets: KubernetesObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets' },
    versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} } }],
  },
};

function widget(spec: object, metadata: object = {}): KubernetesObject {
  return {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'one', namespace: 'default', ...metadata },
    spec,
  };
}

it('stores what is applied once, and says so of the second time', () => {
  const world = makeWorld();

  const first = world.apply(configMap('greeting', { text: 'hello' }), flux);
  const second = world.apply(configMap('greeting', { text: 'hello' }), flux);

  expect(second.metadata).toEqual(first.metadata);
  expect(world.history.map(({ action, by, target, detail }) => [action, by, target, detail['changed']])).toEqual([
    ['kubernetes:apply', 'tests', 'ConfigMap default/greeting', true],
    ['kubernetes:apply', 'tests', 'ConfigMap default/greeting', false],
  ]);
});

it('removes a field that its manager applies no more, and nothing of others', () => {
  const world = makeWorld();
  world.apply(configMap('shared', { mine: '1', dropped: '2' }), flux);
  world.apply(configMap('shared', { theirs: '3' }), kubectl);

  const after = world.apply(configMap('shared', { mine: '1' }), flux);

  expect(after['data']).toEqual({ mine: '1', theirs: '3' });
});

it('refuses a value that another manager owns, with the field, and takes it over by force', () => {
  const world = makeWorld();
  world.apply(configMap('shared', { owned: '1' }), kubectl);

  expect(() => world.apply(configMap('shared', { owned: '2' }), flux)).toThrow(
    'Apply failed with 1 conflict: conflict with "kubectl": .data.owned',
  );
  const after = world.apply(configMap('shared', { owned: '2' }), { ...flux, force: true });

  expect(after['data']).toEqual({ owned: '2' });
  const managers = after.metadata['managedFields'] as readonly { manager: string }[];
  expect(managers.map(({ manager }) => manager)).toEqual(['flux']);
});

it('knows the items of a list by their keys', () => {
  const world = makeWorld();
  const manager = { name: 'manager', image: 'web:1', ports: [{ containerPort: 80 }] };
  world.apply(deployment([manager]), flux);
  world.apply(deployment([{ name: 'sidecar', image: 'proxy:1' }]), kubectl);

  const after = world.apply(deployment([{ ...manager, image: 'web:2' }]), flux);

  expect(after).toMatchObject({
    metadata: { generation: 3 },
    spec: {
      template: {
        spec: {
          containers: [
            { name: 'manager', image: 'web:2' },
            { name: 'sidecar', image: 'proxy:1' },
          ],
        },
      },
    },
  });
});

it('establishes a CRD a moment after its creation, and shows its kind in discovery another moment later', () => {
  const due: (() => void)[] = [];
  const world = makeWorld({ later: (work) => void due.push(work) });
  world.apply(widgets, flux);

  expect(() => world.apply(widget({ size: 1 }), flux)).toThrow(
    'no matches for kind "Widget" in version "example.com/v1"',
  );
  const knows = () => world.inner.discovered().find({ apiVersion: 'example.com/v1', kind: 'Widget' }) !== undefined;
  due.shift()?.();
  expect(world.list({ apiVersion: widgets.apiVersion, kind: widgets.kind })).toMatchObject([
    { status: { acceptedNames: { kind: 'Widget' }, conditions: [{ type: 'NamesAccepted' }, { type: 'Established' }] } },
  ]);
  expect(knows()).toBe(false);
  due.shift()?.();
  expect(knows()).toBe(true);

  expect(world.apply(widget({ size: 1 }), flux).metadata.generation).toBe(1);
});

it('counts generations for the spec alone, and leaves the status to its own path', () => {
  const world = makeWorld();
  world.apply(widgets, flux);
  const reference = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'one', namespace: 'default' };
  world.apply({ ...widget({ size: 1 }), status: { phase: 'Forged' } }, flux);
  expect(world.get(reference)).not.toHaveProperty('status');

  world.setStatus(reference, { phase: 'Ready', note: 'new' }, 'controller');
  world.setStatus(reference, { phase: 'Ready' }, 'controller');
  const labelled = world.patchMetadata(reference, { labels: { tier: 'gold' } }, 'controller');

  expect(labelled).toMatchObject({ metadata: { generation: 1, labels: { tier: 'gold' } }, status: { phase: 'Ready' } });
  expect(labelled?.['status']).not.toHaveProperty('note');
  const events: KubernetesEvent[] = [];
  world.subscribe((event) => events.push(event));
  world.setStatus(reference, { phase: 'Ready' }, 'controller');
  expect(events).toEqual([]);
});

it('keeps what finalizers hold until they are gone, and a namespace until it is empty', () => {
  const world = makeWorld();
  world.apply(widgets, flux);
  world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } }, flux);
  world.apply(widget({ size: 1 }, { namespace: 'apps', finalizers: ['example.com/hold'] }), flux);
  world.apply(configMap('greeting', {}, 'apps'), flux);
  const namespace = { apiVersion: 'v1', kind: 'Namespace', name: 'apps' };
  const held = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'one', namespace: 'apps' };

  world.delete(namespace, 'somebody');

  expect(world.get(namespace)).toMatchObject({ status: { phase: 'Terminating' } });
  expect(world.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps' })).toEqual([]);
  expect(() => world.apply(configMap('late', {}, 'apps'), flux)).toThrow(
    'configmaps "late" is forbidden: unable to create new content in namespace apps because it is being terminated',
  );
  world.patchMetadata(held, { finalizers: [] }, 'controller');
  expect(world.get(held)).toBeUndefined();
  expect(world.get(namespace)).toBeUndefined();
});

it('takes the objects of a CRD with it', () => {
  const world = makeWorld();
  world.apply(widgets, flux);
  world.apply(widget({ size: 1 }), flux);
  const types: string[] = [];
  world.subscribe(({ type, object }) => types.push(`${type} ${object.kind}`));

  world.delete({ apiVersion: widgets.apiVersion, kind: widgets.kind, name: widgets.metadata.name }, 'somebody');

  expect(types).toEqual(['MODIFIED CustomResourceDefinition', 'DELETED Widget', 'DELETED CustomResourceDefinition']);
});

it('goes on from a snapshot that went through JSON', () => {
  const world = makeWorld({ later: () => {} });
  world.apply(widgets, flux);
  world.apply(configMap('greeting', { text: 'hello' }), flux);

  const later = makeWorld({ from: JSON.parse(JSON.stringify(world.snapshot())) });

  expect(later.uid).toBe(world.uid);
  expect(later.history).toEqual(world.history);
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'greeting', namespace: 'default' };
  expect(later.get(reference)).toEqual(world.get(reference));
  // What was about to happen by itself has happened.
  expect(later.apply(widget({ size: 1 }), flux).metadata.generation).toBe(1);
});

it('tells of changes in their order, those that a listener makes included', () => {
  const world = makeWorld();
  const seen: string[] = [];
  world.subscribe(({ object }) => {
    if (object.metadata.name === 'first') world.apply(configMap('second', {}), flux);
  });
  world.subscribe(({ object }) => seen.push(object.metadata.name));

  world.apply(configMap('first', {}), flux);

  expect(seen).toEqual(['first', 'second']);
});

it('establishes a CRD that a snapshot holds as it was written, once the world is there', async () => {
  const before = makeWorld({ later: () => {} });
  before.create(widgets, kubectl);
  const changed = Promise.withResolvers<unknown>();

  const world = createKubernetesWorld({
    from: before.snapshot(),
    onChange: () => changed.resolve(world.snapshot()),
  });

  await changed.promise;
  expect(world.get({ ...widgets, name: 'widgets.example.com' })).toMatchObject({
    status: { conditions: [{ type: 'NamesAccepted' }, { type: 'Established' }] },
  });
});
