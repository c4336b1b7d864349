import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import {
  armCrashPoint,
  createCrashPoints,
  type CrashPoints,
  reachedCrashPoints,
  withCrashPoints,
} from '../../../sandbox/engine/crash-points.ts';
import { temporaryDirectory } from './engine-fixture.ts';

/** Points that are noted and never held, so that one process can watch them. */
function notedPoints(): { points: CrashPoints; notes: string[] } {
  const notes: string[] = [];
  return {
    notes,
    points: {
      claim: (name) => (notes.push(name), false),
      reach: (name) => (notes.push(name), Promise.resolve()),
    },
  };
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = {};
  const turn = new Promise((resolve) => {
    setImmediate(() => resolve(pending));
  });
  return (await Promise.race([promise, turn])) === pending;
}

describe('a crash point', () => {
  it('lets pass what is not armed', async () => {
    const directory = await temporaryDirectory();
    const points = createCrashPoints(directory);

    await points.reach('git-host.commitFiles:before');

    expect(reachedCrashPoints(directory)).toEqual([]);
  });

  it('holds who reaches it for ever once it is armed, and tells so by a file', async () => {
    const directory = await temporaryDirectory();
    const points = createCrashPoints(directory);
    armCrashPoint(directory, 'git-host.commitFiles:before');

    const held = points.reach('git-host.commitFiles:before');

    expect(await isPending(held)).toBe(true);
    expect(existsSync(join(directory, 'reached', 'git-host.commitFiles:before'))).toBe(true);
    expect(existsSync(join(directory, 'armed', 'git-host.commitFiles:before'))).toBe(false);
  });

  it('holds one only: the next passes', async () => {
    const directory = await temporaryDirectory();
    const points = createCrashPoints(directory);
    armCrashPoint(directory, 'engine.start:after');

    expect([points.claim('engine.start:after'), points.claim('engine.start:after')]).toEqual([true, false]);
  });

  it('may have any name that a step may have', async () => {
    const directory = await temporaryDirectory();
    const points = createCrashPoints(directory);
    armCrashPoint(directory, 'engine.apply / ../all.checkpoint:after');

    expect(points.claim('engine.apply / ../all.checkpoint:after')).toBe(true);
    expect(reachedCrashPoints(directory)).toEqual(['engine.apply / ../all.checkpoint:after']);
  });
});

describe('a port with crash points', () => {
  class Host {
    readonly address = 'ssh://host';
    #commits = 0;
    commit(): Promise<number> {
      this.#commits += 1;
      return Promise.resolve(this.#commits);
    }
    refuse(): Promise<never> {
      return Promise.reject(new Error('no push right'));
    }
    url(name: string): string {
      return `${this.address}/${name}`;
    }
  }

  it('reaches one before and one after each asynchronous method', async () => {
    const { points, notes } = notedPoints();
    const host = withCrashPoints('git-host', new Host(), points);

    expect([await host.commit(), await host.commit()]).toEqual([1, 2]);
    expect(notes).toEqual([1, 2].flatMap(() => ['git-host.commit:before', 'git-host.commit:after']));
  });

  it('reaches the one after a method that fails, too, and passes the failure on', async () => {
    const { points, notes } = notedPoints();
    const host = withCrashPoints('git-host', new Host(), points);

    await expect(host.refuse()).rejects.toThrow('no push right');
    expect(notes).toEqual(['git-host.refuse:before', 'git-host.refuse:after']);
  });

  it('leaves properties and synchronous methods as they are', () => {
    const { points } = notedPoints();
    const host = withCrashPoints('git-host', new Host(), points);

    expect([host.address, host.url('acme')]).toEqual(['ssh://host', 'ssh://host/acme']);
  });

  it('does not make the call when it is held before', async () => {
    const directory = await temporaryDirectory();
    const inner = new Host();
    const host = withCrashPoints('git-host', inner, createCrashPoints(directory));
    armCrashPoint(directory, 'git-host.commit:before');

    expect(await isPending(host.commit())).toBe(true);
    expect(await inner.commit()).toBe(1);
  });

  it('has made the call when it is held after', async () => {
    const directory = await temporaryDirectory();
    const inner = new Host();
    const host = withCrashPoints('git-host', inner, createCrashPoints(directory));
    armCrashPoint(directory, 'git-host.commit:after');

    expect(await isPending(host.commit())).toBe(true);
    expect(await inner.commit()).toBe(2);
  });
});
