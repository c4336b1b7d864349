/** Somebody who acts at the very moment before a call of the product goes out, or holds it up. */
import { gitHostName } from '../crash/outside.ts';
import type { Carelessness } from '../crash/product-life.ts';
import type { Call, Wire } from '../crash/wire.ts';
import type { RequestBudget } from '../../src/ports/request-budget.ts';

/** Limits are another test's concern. */
const freely: RequestBudget = {
  take: async () => ({ kind: 'granted' }),
  pausedUntil: async () => undefined,
  pause: async () => undefined,
};

/** To be told of each call to GitHub and to a cluster, which waits until `before` is done. */
export function watched(before: (call: Call) => Promise<void> | void): Carelessness {
  return (deps, world, wire) => {
    const watchedWire: Wire = new Proxy(wire, {
      get: (own, key: keyof Wire) => (key === 'pass' ? pass : own[key]),
    });
    async function pass<T>(call: Call, act: () => Promise<T>): Promise<T> {
      await before(call);
      return wire.pass(call, act);
    }
    const { clusters } = world;
    if (clusters.kind !== 'stand-in') throw new Error('only calls to stand-ins are watched');
    return {
      ...deps,
      gitHosts: new Map([[gitHostName, world.github.gitHost(watchedWire, freely)]]),
      eks: { ...deps.eks, connect: (target) => clusters.connect(watchedWire, target) },
    };
  };
}
