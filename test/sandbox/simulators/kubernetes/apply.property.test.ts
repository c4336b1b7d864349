import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createKubernetesWorld } from '../../../../sandbox/simulators/kubernetes/kubernetes-world.ts';
import type { KubernetesObject } from '../../../../src/ports/kubernetes-cluster.ts';

/** A name of a container, and of a variable, label or key: few, so that managers meet. */
const word = fc.constantFrom('a', 'b', 'c', 'd');
const value = fc.constantFrom('1', '2', '3');
const words = fc.dictionary(word, value, { maxKeys: 4, noNullPrototype: true });
const environment = words.map((pairs) => Object.entries(pairs).map(([name, text]) => ({ name, value: text })));
const container = fc.record({ image: value, env: environment, workingDir: value }, { requiredKeys: ['image'] });
const containers = fc.dictionary(word, container, { minKeys: 1, maxKeys: 3, noNullPrototype: true });

interface Intent {
  readonly labels: Record<string, string>;
  readonly containers: Readonly<Record<string, object>>;
}

const intent: fc.Arbitrary<Intent> = fc.record({ labels: words, containers });

function deployment({ labels, containers: wanted }: Intent): KubernetesObject {
  const app = { app: 'web' };
  const list = Object.entries(wanted).map(([name, rest]) => ({ name, ...rest }));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', labels },
    spec: { selector: { matchLabels: app }, template: { metadata: { labels: app }, spec: { containers: list } } },
  };
}

function makeWorld() {
  const world = createKubernetesWorld();
  const apply = (one: Intent, fieldManager: string, force = true) =>
    world.apply(deployment(one), { fieldManager, by: fieldManager, force });
  return { world, apply };
}

/** Without what depends on when it was done; the order of containers is that of their coming. */
function gist(object: KubernetesObject) {
  const { spec, metadata } = object as KubernetesObject & {
    readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { name: string }[] } } };
  };
  const byName = (list: readonly { readonly name: string }[]) => list.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const sorted = byName(spec.template.spec.containers).map((one) => ({
    ...one,
    env: byName((one as { readonly env?: readonly { name: string }[] }).env ?? []),
  }));
  return { labels: metadata.labels ?? {}, containers: sorted };
}

it('applied twice is applied once', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(intent, fc.constantFrom('one', 'two')), { minLength: 1, maxLength: 5 }), (steps) => {
      const { world, apply } = makeWorld();
      for (const [wanted, manager] of steps) {
        const once = apply(wanted, manager);
        const { resourceVersion } = world.inner.list(kindOf(world), {})[0]?.metadata ?? {};

        expect(apply(wanted, manager)).toEqual(once);
        expect(once.metadata.resourceVersion).toBe(resourceVersion);
      }
    }),
    { numRuns: 150 },
  );
});

function kindOf(world: ReturnType<typeof createKubernetesWorld>) {
  const kind = world.inner.kinds().find({ apiVersion: 'apps/v1', kind: 'Deployment' });
  if (!kind) throw new Error('there are no Deployments');
  return kind;
}

/** Two intents without a field in common but the Deployment itself. */
const disjoint = fc.tuple(intent, intent).map(([one, two]) => [renamed(one, 'x'), renamed(two, 'y')] as const);

function renamed({ labels, containers: wanted }: Intent, prefix: string): Intent {
  const named = <T>(entries: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(entries).map(([name, inner]) => [`${prefix}${name}`, inner]));
  return { labels: named(labels), containers: named(wanted) };
}

it('two managers with nothing in common do not notice each other', () => {
  fc.assert(
    fc.property(disjoint, ([one, two]) => {
      const [first, second] = [makeWorld(), makeWorld()];
      first.apply(one, 'one', false);
      second.apply(two, 'two', false);

      expect(gist(first.apply(two, 'two', false))).toEqual(gist(second.apply(one, 'one', false)));
    }),
    { numRuns: 150 },
  );
});

it('what a manager has added it can take away without a trace', () => {
  fc.assert(
    fc.property(disjoint, ([one, two]) => {
      const { apply } = makeWorld();
      const before = apply(one, 'one', false);
      apply(two, 'two', false);

      const kept = { labels: {}, containers: one.containers };
      const after = apply(kept, 'two', false);

      expect(gist(after)).toEqual(gist(before));
    }),
    { numRuns: 150 },
  );
});

it('whatever was there, its last manager by force has all that it asked for', () => {
  fc.assert(
    fc.property(intent, intent, intent, (one, two, three) => {
      const { apply } = makeWorld();
      apply(one, 'one');
      apply(two, 'two');

      expect(gist(apply(three, 'two'))).toMatchObject({ labels: three.labels });
      const alone = gist(apply(three, 'one'));
      const gone = gist(apply({ labels: {}, containers: three.containers }, 'two'));

      expect(alone.containers.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(three.containers)));
      expect(gone.labels).toEqual(three.labels);
    }),
    { numRuns: 100 },
  );
});
