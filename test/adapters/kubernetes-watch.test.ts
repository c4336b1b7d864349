import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { watchUntil, type Sighting } from '../../src/adapters/kubernetes-watch.ts';
import { pause } from '../../src/adapters/pause.ts';
import type { WatchEvent } from '../../src/adapters/kubernetes-watch-events.ts';
import { OutsideCallError, type OutsideFailure } from '../../src/errors.ts';
import type { KubernetesObject } from '../../src/ports/kubernetes-cluster.ts';

const { signal } = new AbortController();
const absent: Sighting = { object: undefined, resourceVersion: '1' };
const unknownKind: Sighting = { object: undefined, resourceVersion: undefined };

function objectAt(resourceVersion: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', resourceVersion } };
}

function seenAt(resourceVersion: string): Sighting {
  return { object: objectAt(resourceVersion), resourceVersion };
}

function changed(resourceVersion: string): WatchEvent {
  return { kind: 'changed', object: objectAt(resourceVersion), resourceVersion };
}

function failure(kind: OutsideFailure, status?: number): OutsideCallError {
  return new OutsideCallError({
    system: 'kubernetes',
    failure: kind,
    attempted: 'watch',
    ...(status !== undefined && { status }),
  });
}

function isAt(resourceVersion: string): (object: KubernetesObject | undefined) => boolean {
  return (object) => object?.metadata.resourceVersion === resourceVersion;
}

/** A cluster that plays these looks and watches, one after the other; after the last watch all is silent. */
function cluster(script: {
  readonly looks: readonly (Sighting | OutsideCallError)[];
  readonly watches?: readonly (readonly (WatchEvent | OutsideCallError)[])[];
}) {
  const looks = [...script.looks];
  const watches = [...(script.watches ?? [])];
  const followedFrom: string[] = [];
  const source = {
    attempted: 'watch ConfigMap one',
    pause,
    async look(): Promise<Sighting> {
      const next = looks.shift() ?? failure('protocol');
      if (next instanceof OutsideCallError) throw next;
      return next;
    },
    async *follow(resourceVersion: string, ending: AbortSignal): AsyncGenerator<WatchEvent> {
      followedFrom.push(resourceVersion);
      const events = watches.shift();
      for (const event of events ?? []) {
        if (event instanceof OutsideCallError) throw event;
        yield event;
      }
      if (!events) {
        await new Promise((resolve) => {
          ending.addEventListener('abort', resolve);
        });
        throw failure('timeout');
      }
    },
  };
  return { source, followedFrom, looksLeft: looks };
}

describe('watching until something holds', () => {
  it('ends with the first look when it holds already', async () => {
    const { source, followedFrom } = cluster({ looks: [seenAt('7')] });

    const outcome = await watchUntil(source, { isDone: isAt('7'), timeoutSeconds: 30, signal });

    expect(outcome).toEqual({ isDone: true, object: objectAt('7') });
    expect(followedFrom).toEqual([]);
  });

  it('goes on from what the look saw, and ends with the event at which it holds', async () => {
    const { source, followedFrom } = cluster({
      looks: [absent],
      watches: [[changed('2'), changed('3'), changed('4')]],
    });

    const outcome = await watchUntil(source, { isDone: isAt('3'), timeoutSeconds: 30, signal });

    expect(outcome).toEqual({ isDone: true, object: objectAt('3') });
    expect(followedFrom).toEqual(['1']);
  });

  it('sees that the object is gone', async () => {
    const deleted: WatchEvent = { kind: 'deleted', object: objectAt('2'), resourceVersion: '2' };
    const { source } = cluster({ looks: [seenAt('1')], watches: [[deleted]] });

    const outcome = await watchUntil(source, { isDone: (object) => !object, timeoutSeconds: 30, signal });

    expect(outcome).toEqual({ isDone: true, object: undefined });
  });

  it.each([
    ['ended', []],
    ['broke', [failure('unreachable')]],
    ['met an overloaded server', [failure('server-error', 503)]],
  ])('takes up a watch that %s from the last version that it heard of', async (_words, end) => {
    const bookmark: WatchEvent = { kind: 'bookmark', resourceVersion: '5' };
    const { source, followedFrom } = cluster({
      looks: [absent],
      watches: [[changed('2'), bookmark, ...end], [changed('6')]],
    });

    const outcome = await watchUntil(source, { isDone: isAt('6'), timeoutSeconds: 30, signal });

    expect(outcome.isDone).toBe(true);
    expect(followedFrom).toEqual(['1', '5']);
  });

  it.each<[string, WatchEvent | OutsideCallError]>([
    ['answer', failure('rejected', 410)],
    ['event', { kind: 'refused', answer: { status: 410, body: {}, retryAfterSeconds: undefined } }],
  ])('looks again when its version is too old (%s)', async (_words, gone) => {
    const { source, followedFrom } = cluster({ looks: [absent, seenAt('90')], watches: [[gone], [changed('91')]] });

    const outcome = await watchUntil(source, { isDone: isAt('91'), timeoutSeconds: 30, signal });

    expect(outcome.isDone).toBe(true);
    expect(followedFrom).toEqual(['1', '90']);
  });

  it('waits for a kind that does not exist yet, and for one that goes and comes back', async () => {
    const { source, followedFrom } = cluster({
      looks: [unknownKind, unknownKind, absent, unknownKind, absent],
      watches: [[failure('rejected', 404)], [changed('2')]],
    });

    const outcome = await watchUntil(source, { isDone: isAt('2'), timeoutSeconds: 30, signal });

    expect(outcome.isDone).toBe(true);
    expect(followedFrom).toEqual(['1', '1']);
  });

  it('ends with the last state when its time has passed', async () => {
    const { source } = cluster({ looks: [absent], watches: [[changed('2')]] });

    const outcome = await watchUntil(source, { isDone: () => false, timeoutSeconds: 0.2, signal });

    expect(outcome).toEqual({ isDone: false, object: objectAt('2') });
  });

  it('looks once, to the end, when it has no time at all', async () => {
    const { source } = cluster({ looks: [seenAt('1')] });
    const slow = {
      ...source,
      async look(ending: AbortSignal): Promise<Sighting> {
        await once(AbortSignal.timeout(10), 'abort');
        ending.throwIfAborted();
        return source.look();
      },
    };

    const outcome = await watchUntil(slow, { isDone: () => false, timeoutSeconds: 0, signal });

    expect(outcome).toEqual({ isDone: false, object: objectAt('1') });
  });

  it('fails when the signal of the caller ends it', async () => {
    const giving = new AbortController();
    const { source } = cluster({ looks: [absent], watches: [[changed('2')]] });
    const isDone = (object: KubernetesObject | undefined) => {
      if (object) giving.abort();
      return false;
    };

    const outcome = watchUntil(source, { isDone, timeoutSeconds: 30, signal: giving.signal });

    await expect(outcome).rejects.toMatchObject({ failure: 'timeout', attempted: 'watch ConfigMap one' });
  });

  it('fails like every other call when the first look does', async () => {
    const { source, looksLeft } = cluster({ looks: [failure('unreachable'), absent] });

    const outcome = watchUntil(source, { isDone: () => true, timeoutSeconds: 30, signal });

    await expect(outcome).rejects.toMatchObject({ failure: 'unreachable' });
    expect(looksLeft).toHaveLength(1);
  });

  it.each<[OutsideFailure, number]>([
    ['unauthenticated', 401],
    ['forbidden', 403],
    ['protocol', 200],
  ])('does not go on after what cannot pass by itself: %s', async (kind, status) => {
    const { source } = cluster({ looks: [absent], watches: [[failure(kind, status)], [changed('2')]] });

    const outcome = watchUntil(source, { isDone: isAt('2'), timeoutSeconds: 30, signal });

    await expect(outcome).rejects.toMatchObject({ failure: kind });
  });
});
