/** Work that controllers have before them, each thing once, in the order in which it is due. */
export interface WorkQueue {
  /** To be looked at because something happened. */
  add(key: string): void;
  /** To be looked at again when so much time has passed; takes the place of what was planned for it. */
  addAfter(key: string, delayMs: number): void;
  forget(isMeant: (key: string) => boolean): void;
  /** Does what has happened at once, whatever the latency, and what is due by now; until nothing of that is left. */
  settle(): void;
  stop(): void;
}

export interface WorkQueueOptions {
  readonly now: () => Date;
  readonly schedule: (delayMs: number, run: () => void) => () => void;
  /** Between what happens and a controller's look at it. */
  readonly latencyMs: number;
  readonly work: (key: string) => void;
}

interface Entry {
  readonly key: string;
  readonly kind: 'event' | 'timer';
  readonly dueAt: number;
  readonly order: number;
}

/** More than any state of a cluster needs: whoever gets there goes round in circles. */
const longestSettling = 20_000;

export function createWorkQueue({ now, schedule, latencyMs, work }: WorkQueueOptions): WorkQueue {
  const entries = new Map<string, Entry>();
  let order = 0;
  let isStopped = false;
  let isWorking = false;
  const alarm = createAlarm({ now, schedule }, () => drain((entry) => entry.dueAt <= now().getTime()));

  function put(kind: Entry['kind'], key: string, delayMs: number): void {
    if (isStopped) return;
    order += 1;
    entries.set(`${kind} ${key}`, { key, kind, dueAt: now().getTime() + delayMs, order });
    setAlarm();
  }

  function setAlarm(): void {
    // Whoever works sets it when he is done.
    if (!isWorking && !isStopped) alarm.set(earliest([...entries.values()])?.dueAt);
  }

  function drain(isDue: (entry: Entry) => boolean): void {
    if (isWorking || isStopped) return;
    isWorking = true;
    try {
      for (let count = 0; ; count += 1) {
        const next = earliest([...entries.values()].filter(isDue));
        if (!next) break;
        if (count >= longestSettling) throw new Error(`${next.key} does not come to rest`);
        entries.delete(`${next.kind} ${next.key}`);
        work(next.key);
      }
    } finally {
      isWorking = false;
      setAlarm();
    }
  }

  return {
    add(key) {
      if (!entries.has(`event ${key}`)) put('event', key, latencyMs);
    },
    addAfter: (key, delayMs) => put('timer', key, delayMs),
    forget(isMeant) {
      for (const [id, { key }] of entries) if (isMeant(key)) entries.delete(id);
    },
    settle: () => drain(({ kind, dueAt }) => kind === 'event' || dueAt <= now().getTime()),
    stop() {
      isStopped = true;
      entries.clear();
      alarm.set(undefined);
    },
  };
}

interface Alarm {
  /** In milliseconds since 1970; takes the place of the one before. */
  set(at: number | undefined): void;
}

function createAlarm({ now, schedule }: Pick<WorkQueueOptions, 'now' | 'schedule'>, ring: () => void): Alarm {
  let pending: { readonly at: number; readonly cancel: () => void } | undefined;
  return {
    set(at) {
      if (pending?.at === at) return;
      pending?.cancel();
      pending = undefined;
      if (at === undefined) return;
      const cancel = schedule(Math.max(0, at - now().getTime()), () => {
        pending = undefined;
        ring();
      });
      pending = { at, cancel };
    },
  };
}

function earliest(entries: readonly Entry[]): Entry | undefined {
  return entries.reduce<Entry | undefined>(
    (best, entry) =>
      !best || entry.dueAt < best.dueAt || (entry.dueAt === best.dueAt && entry.order < best.order) ? entry : best,
    undefined,
  );
}
