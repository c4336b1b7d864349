import { expect, test } from 'vitest';
import { createWorkQueue } from '../../../../sandbox/simulators/flux/work-queue.ts';

function queueWithClock(latencyMs = 0) {
  const timers: { at: number; run: () => void }[] = [];
  const done: string[] = [];
  const clock = { now: 0 };
  const queue = createWorkQueue({
    now: () => new Date(clock.now),
    schedule(delayMs, run) {
      const timer = { at: clock.now + delayMs, run };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
    latencyMs,
    work: (key) => void done.push(`${key} at ${clock.now}`),
  });
  return {
    queue,
    done,
    timers,
    /** Goes on to the next timer. */
    tick() {
      const [timer] = timers.sort((one, other) => one.at - other.at).splice(0, 1);
      if (!timer) return;
      clock.now = timer.at;
      timer.run();
    },
  };
}

test('does things when they are due, each once, with one timer', () => {
  const { queue, done, timers, tick } = queueWithClock(5);

  queue.addAfter('c', 20);
  queue.add('a');
  queue.add('b');
  queue.add('a');
  expect(timers).toHaveLength(1);
  tick();
  tick();

  expect(done).toEqual(['a at 5', 'b at 5', 'c at 20']);
  expect(timers).toEqual([]);
});

test('settles what was caused at once, and what is due, and no more', () => {
  const { queue, done } = queueWithClock(5);
  queue.addAfter('later', 1);
  queue.addAfter('due', 0);
  queue.add('caused');

  queue.settle();

  expect(done).toEqual(['due at 0', 'caused at 0']);
});

test('says what does not come to rest', () => {
  const queue = createWorkQueue({
    now: () => new Date(0),
    schedule: () => () => undefined,
    latencyMs: 0,
    work: (key) => queue.add(key),
  });
  queue.add('restless');

  expect(() => queue.settle()).toThrow('restless does not come to rest');
});

test('does nothing once it is stopped', () => {
  const { queue, done, timers } = queueWithClock();
  queue.add('a');

  queue.stop();
  queue.add('b');
  queue.settle();

  expect(done).toEqual([]);
  expect(timers).toEqual([]);
});
