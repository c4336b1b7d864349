import { beforeAll, expect, it } from 'vitest';
import { OutsideCallError } from '../../src/errors.ts';
import type { KubernetesCluster, KubernetesObject } from '../../src/ports/kubernetes-cluster.ts';
import { failureOf } from '../support/failures.ts';
import { type Given, manager, never, referenceTo } from './kubernetes-cluster-world.ts';

function definition(group: string): KubernetesObject {
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } } },
        },
      ],
    },
  };
}

function isEstablished(object: KubernetesObject | undefined): boolean {
  const { conditions } = (object?.['status'] ?? {}) as { conditions?: { type: string; status: string }[] | null };
  return (conditions ?? []).some(({ type, status }) => type === 'Established' && status === 'True');
}

/** The refusal of a kind that is not known can be tried again; the step of a workflow does. */
async function applyOnceKnown(cluster: KubernetesCluster, object: KubernetesObject): Promise<KubernetesObject> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await cluster.apply(object, manager, never);
    } catch (error) {
      const isUnknown = error instanceof OutsideCallError && error.retryable && error.status === 404;
      if (!isUnknown || attempt === 500) throw error;
    }
  }
}

export function customResources(given: () => Given): void {
  let widget: (name: string, spec: object) => KubernetesObject;
  let applied: KubernetesObject;
  beforeAll(async () => {
    const { admin, namespace, run } = given();
    const group = `g${run}.example.com`;
    widget = (name, spec) => ({ apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name, namespace }, spec });
    applied = await admin.apply(definition(group), manager, never);
    const watch = { reference: referenceTo(applied), isDone: isEstablished, timeoutSeconds: 30, signal: never };
    await admin.watchUntil(watch);
  });

  it('shows a kind a moment after its definition is established, which is after it was applied', async () => {
    const { admin } = given();

    const object = await applyOnceKnown(admin, widget('one', { size: 1 }));

    expect(isEstablished(applied)).toBe(false);
    expect(applied).toMatchObject({
      status: { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: ['v1'] },
      spec: { conversion: { strategy: 'None' }, names: { singular: 'widget', listKind: 'WidgetList' } },
    });
    expect(object).toMatchObject({ spec: { size: 1 }, metadata: { generation: 1 } });
    expect(await admin.list(referenceTo(object), never)).toEqual([object]);
  });

  it('establishes a definition once: to apply it again changes nothing', async () => {
    const { admin, run } = given();
    const reference = referenceTo(applied);
    const before = await admin.get(reference, never);

    const again = await admin.apply(definition(`g${run}.example.com`), manager, never);

    expect(again.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
    expect(isEstablished(again)).toBe(true);
  });

  it('leaves the status to its own path, and replaces lists as a whole', async () => {
    const { admin } = given();
    const first = { ...widget('two', { list: [{ name: 'a' }, { name: 'b' }], map: { a: 1 } }), status: { done: true } };
    await applyOnceKnown(admin, first);

    const other = await admin.apply(widget('two', { list: [{ name: 'c' }], map: { b: 2 } }), 'other', never);
    const after = await admin.apply(widget('two', { map: { a: 1 } }), manager, never);

    expect(other).not.toHaveProperty('status');
    expect(other).toMatchObject({ spec: { list: [{ name: 'c' }], map: { a: 1, b: 2 } } });
    expect(after['spec']).toEqual({ list: [{ name: 'c' }], map: { a: 1, b: 2 } });
  });

  it('takes the objects of a kind along when its definition goes, and knows it no more', async () => {
    const { admin, namespace, run } = given();
    const group = `short${run}.example.com`;
    const short = await admin.apply(definition(group), manager, never);
    const reference = referenceTo(short);
    await admin.watchUntil({ reference, isDone: isEstablished, timeoutSeconds: 30, signal: never });
    const object = { ...widget('brief', {}), apiVersion: `${group}/v1` };
    await applyOnceKnown(admin, object);

    await admin.delete(reference, String(short.metadata.uid), never);
    const gone = await admin.watchUntil({
      ...{ reference, isDone: (now) => now === undefined },
      ...{ timeoutSeconds: 30, signal: never },
    });

    expect(gone.isDone).toBe(true);
    expect(await admin.get(referenceTo(object), never)).toBeUndefined();
    expect(await admin.list({ apiVersion: `${group}/v1`, kind: 'Widget', namespace }, never)).toEqual([]);
    expect(await failureOf(admin.apply(object, manager, never))).toMatchObject({ status: 404 });
  });
}
