import { describe, expect, it } from 'vitest';
import { createKubernetesDiscovery, type DiscoveryRoot } from '../../src/adapters/kubernetes-discovery.ts';
import { discoveryList, discoveryOf } from './kubernetes-test-server.ts';

const { signal } = new AbortController();
const widget = { apiVersion: 'example.org/v1', kind: 'Widget' };
const widgetType = { ...widget, plural: 'widgets', isNamespaced: true };
const withWidget = discoveryList(discoveryOf('example.org', 'v1', { Widget: ['widgets', 'Namespaced'] }));
const withoutWidget = discoveryList();

/** A cluster whose answers the test gives when it likes. */
function cluster() {
  const asked: DiscoveryRoot[] = [];
  const answers: PromiseWithResolvers<unknown>[] = [];
  const discovery = createKubernetesDiscovery((root) => {
    asked.push(root);
    const answer = Promise.withResolvers<unknown>();
    answers.push(answer);
    return answer.promise;
  });
  return { asked, answers, discovery };
}

/** Lets everything run that waits for nothing. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

describe('discovery', () => {
  it('asks once for what it finds, and remembers it', async () => {
    const { asked, answers, discovery } = cluster();

    const first = discovery.find(widget, signal);
    await settled();
    answers[0]?.resolve(withWidget);

    await expect(first).resolves.toEqual(widgetType);
    await expect(discovery.find(widget, signal)).resolves.toEqual(widgetType);
    expect(asked).toEqual(['/apis']);
  });

  it('asks only the half of the API in which the kind would be', async () => {
    const { asked, answers, discovery } = cluster();

    const found = discovery.find({ apiVersion: 'v1', kind: 'Namespace' }, signal);
    await settled();
    answers[0]?.resolve(discoveryList(discoveryOf('', 'v1', { Namespace: ['namespaces', 'Cluster'] })));

    await expect(found).resolves.toMatchObject({ plural: 'namespaces', isNamespaced: false });
    expect(asked).toEqual(['/api']);
  });

  it('asks again, once in a call, while a kind is unknown', async () => {
    const { asked, answers, discovery } = cluster();

    const early = discovery.find(widget, signal);
    await settled();
    answers[0]?.resolve(withoutWidget);
    await expect(early).resolves.toBeUndefined();
    const late = discovery.find(widget, signal);
    await settled();
    answers[1]?.resolve(withWidget);

    await expect(late).resolves.toEqual(widgetType);
    expect(asked).toHaveLength(2);
  });

  it('shares one question between calls at the same moment', async () => {
    const { asked, answers, discovery } = cluster();

    const found = Promise.all(Array.from({ length: 5 }, () => discovery.find(widget, signal)));
    await settled();
    answers[0]?.resolve(withoutWidget);

    await expect(found).resolves.toEqual(Array.from({ length: 5 }));
    expect(asked).toHaveLength(1);
  });

  it('does not believe an answer that was under way before the call when the kind is not in it', async () => {
    const { asked, answers, discovery } = cluster();

    const before = discovery.find(widget, signal);
    await settled();
    const after = discovery.find(widget, signal);
    answers[0]?.resolve(withoutWidget);
    await expect(before).resolves.toBeUndefined();
    await settled();
    answers[1]?.resolve(withWidget);

    await expect(after).resolves.toEqual(widgetType);
    expect(asked).toHaveLength(2);
  });

  it('asks again for a kind that was forgotten', async () => {
    const { asked, answers, discovery } = cluster();
    const first = discovery.find(widget, signal);
    await settled();
    answers[0]?.resolve(withWidget);
    await first;

    discovery.forget(widget);
    const second = discovery.find(widget, signal);
    await settled();
    answers[1]?.resolve(withoutWidget);

    await expect(second).resolves.toBeUndefined();
    expect(asked).toHaveLength(2);
  });

  it('goes on for the others when one of the callers gives up', async () => {
    const { answers, discovery } = cluster();
    const giving = new AbortController();

    const given = discovery.find(widget, giving.signal);
    const kept = discovery.find(widget, signal);
    giving.abort();
    await expect(given).rejects.toMatchObject({ failure: 'timeout' });
    answers[0]?.resolve(withWidget);

    await expect(kept).resolves.toEqual(widgetType);
  });

  it('fails all who wait, and remembers no failure', async () => {
    const { answers, discovery } = cluster();
    const failing = [discovery.find(widget, signal), discovery.find(widget, signal)];
    await settled();
    answers[0]?.reject(new Error('broken'));
    await expect(Promise.allSettled(failing)).resolves.toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);

    const next = discovery.find(widget, signal);
    await settled();
    answers[1]?.resolve(withWidget);

    await expect(next).resolves.toEqual(widgetType);
  });

  it('knows the same kind in another version only where it is served', async () => {
    const { answers, discovery } = cluster();
    const other = discovery.find({ ...widget, apiVersion: 'example.org/v2' }, signal);
    await settled();
    answers[0]?.resolve(withWidget);

    await expect(other).resolves.toBeUndefined();
  });

  it('leaves out what it cannot read', async () => {
    const { answers, discovery } = cluster();
    const found = discovery.find(widget, signal);
    await settled();
    const broken = {
      metadata: { name: 'example.org' },
      versions: [null, { version: 'v1', resources: [{ scope: 1 }] }],
    };
    answers[0]?.resolve(discoveryList(broken, discoveryOf('example.org', 'v1', { Widget: ['widgets', 'Namespaced'] })));

    await expect(found).resolves.toEqual(widgetType);
  });

  it.each([{ kind: 'APIGroupList', groups: [] }, undefined, []])(
    'refuses an answer of another kind: %j',
    async (document) => {
      const { answers, discovery } = cluster();
      const found = discovery.find(widget, signal);
      await settled();
      answers[0]?.resolve(document);

      await expect(found).rejects.toMatchObject({ failure: 'protocol' });
    },
  );
});
