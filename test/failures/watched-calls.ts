/** Somebody who acts at the very moment before a call of the product goes out, or holds it up. */
import { gitHostName } from '../crash/outside.ts';
import { eksAccess, requestBudget } from '../crash/life-dependencies.ts';
import type { Carelessness } from '../crash/product-life.ts';
import type { Call, Wire } from '../crash/wire.ts';

/** To be told of each call to GitHub, and into a customer's account and cluster, which waits until `before` is done. */
export function watched(before: (call: Call) => Promise<void> | void): Carelessness {
  return (deps, world, wire) => {
    const watchedWire: Wire = new Proxy(wire, {
      get: (own, key: keyof Wire) => (key === 'pass' ? pass : own[key]),
    });
    async function pass<T>(call: Call, act: () => Promise<T>): Promise<T> {
      await before(call);
      return wire.pass(call, act);
    }
    const { sleep } = world.time.forLife(() => wire.isDead);
    return {
      ...deps,
      gitHosts: new Map([[gitHostName, world.github.gitHost(watchedWire, requestBudget(world, wire))]]),
      eks: eksAccess(world, watchedWire, sleep),
    };
  };
}
