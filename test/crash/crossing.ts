/** The way of calls to the other side: what is sent together does not arrive together. */
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';

export interface Crossing {
  /** Carries a call out, some time after it was sent. */
  cross<T>(id: string, act: () => Promise<T>): Promise<T>;
  /** Calls that arrive come to their end, and no other one arrives, while somebody looks. */
  still(look: () => Promise<void>): Promise<void>;
}

interface Sent {
  readonly id: string;
  arrive(): Promise<void>;
}

/**
 * Of calls that are sent side by side, the seed chooses about half to arrive first; the others follow when those have
 * done what they do. So a life that ends after one of the first leaves a part of them done, and what has not arrived by
 * then is as if it had not been sent.
 */
export function createCrossing({ seed, isDead }: { readonly seed: string; readonly isDead: () => boolean }): Crossing {
  const now = { arriving: 0, looking: 0 };
  let last: Promise<void> = Promise.resolve();
  let sent: Sent[] = [];

  async function deliver(): Promise<void> {
    await turn();
    const all = sent;
    sent = [];
    const first = all.filter(({ id }) => comesFirst(seed, id));
    const later = all.filter((one) => !first.includes(one));
    for (const part of [first, later]) {
      if (part.length === 0) continue;
      while (now.looking > 0) await last;
      if (isDead()) return;
      await Promise.all(part.map(({ arrive }) => arrive()));
      // Whoever wants to look at what has come of it does so now.
      await turn();
    }
  }

  return {
    cross<T>(id: string, act: () => Promise<T>): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      if (sent.length === 0) void deliver();
      sent.push({
        id,
        async arrive() {
          now.arriving += 1;
          await act().then(resolve, reject);
          now.arriving -= 1;
        },
      });
      return promise;
    },
    async still(look) {
      now.looking += 1;
      last = last.then(async () => {
        while (now.arriving > 0) await turn();
        await look();
        now.looking -= 1;
      });
      await last;
    },
  };
}

function comesFirst(seed: string, id: string): boolean {
  return (createHash('sha1').update(`${seed} ${id}`).digest()[0] ?? 0) < 128;
}
