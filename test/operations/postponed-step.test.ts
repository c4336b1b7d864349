import { expect, it } from 'vitest';
import { OutsideCallError } from '../../src/errors.ts';
import { deadlineOf } from '../../src/operations/operation.ts';
import { runStep } from '../../src/operations/run-step.ts';
import type { BodyOutcome } from '../../src/operations/run-step.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { makeFleet } from '../support/fleet.ts';
import { operationInState } from '../support/operations.ts';

/** GitHub, a minute or so before it wants to be asked again. */
function throttled(retryAfterSeconds?: number): OutsideCallError {
  const asked = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return new OutsideCallError({ system: 'git-host', failure: 'throttled', attempted: 'commit', ...asked });
}

async function given() {
  const fleet = makeFleet(createMemoryTable());
  const createdAt = fleet.clock.now().toISOString();
  const deadlineAt = new Date(fleet.clock.now().getTime() + 30 * 60_000).toISOString();
  const operation = operationInState('RUNNING', { createdAt, deadlineAt });
  await fleet.operations.putIfAbsent(operation);
  let attempt = 0;
  const read = async () => (await fleet.operations.get(operation.id)) ?? operation;
  /** Each attempt as the engine makes it: it reads the operation first, and comes back when it was told to. */
  const attemptWith = async (body: () => Promise<BodyOutcome<string>>) => {
    attempt += 1;
    const [name, onUnexpected] = ['commit-manifests', () => undefined];
    const fields = { operations: fleet.operations, now: fleet.clock.now, operation: await read(), name };
    return runStep<string>({ ...fields, attempt, maxAttempts: 3, timeoutSeconds: 60, body, onUnexpected });
  };
  const obey = async (seconds: number) => {
    await expect(attemptWith(() => Promise.reject(throttled(seconds)))).rejects.toMatchObject({
      retryAfterSeconds: seconds,
    });
    fleet.clock.advance(seconds * 1000);
  };
  return { fleet, read, attemptWith, obey };
}

const succeeded: BodyOutcome<string> = { kind: 'succeeded', evidence: {}, value: 'done' };

it('obeys more often than it has attempts, and succeeds all the same', async () => {
  const { obey, attemptWith, read } = await given();

  for (let times = 0; times < 12; times += 1) await obey(60);

  expect(await attemptWith(() => Promise.resolve(succeeded))).toEqual({ kind: 'done', value: 'done' });
  expect((await read()).steps['commit-manifests']).toMatchObject({ attempt: 13, postponed: { times: 12 } });
});

it('has all its attempts left for other problems', async () => {
  const { obey, attemptWith } = await given();
  for (let times = 0; times < 5; times += 1) await obey(60);
  const broken = () => Promise.reject(new OutsideCallError({ system: 'git-host', failure: 'timeout', attempted: 'x' }));

  await expect(attemptWith(broken)).rejects.toThrow('timeout');
  await expect(attemptWith(broken)).rejects.toThrow('timeout');

  expect(await attemptWith(broken)).toMatchObject({ kind: 'failed', failure: { code: 'git-host-unavailable' } });
});

it('counts a throttled attempt that was not told when to come back', async () => {
  const { attemptWith } = await given();
  const unsaid = () => Promise.reject(throttled());

  await expect(attemptWith(unsaid)).rejects.toThrow('throttled');
  await expect(attemptWith(unsaid)).rejects.toThrow('throttled');

  expect(await attemptWith(unsaid)).toMatchObject({ kind: 'failed' });
});

it('counts an API server that is busy for a second', async () => {
  const { attemptWith, read } = await given();
  const busy = { system: 'kubernetes', failure: 'throttled', attempted: 'list', retryAfterSeconds: 1 } as const;

  for (let attempt = 1; attempt < 3; attempt += 1) {
    await expect(attemptWith(() => Promise.reject(new OutsideCallError(busy)))).rejects.toThrow('throttled');
  }

  expect(await attemptWith(() => Promise.reject(new OutsideCallError(busy)))).toMatchObject({ kind: 'failed' });
  expect((await read()).steps['commit-manifests']?.postponed).toBeUndefined();
});

it('moves the deadline of its operation by an hour that it was asked to wait', async () => {
  const { obey, attemptWith, read, fleet } = await given();
  const before = Date.parse((await read()).deadlineAt);

  await obey(3600);

  expect(Date.parse(deadlineOf(await read())) - before).toBe(60 * 60_000);
  expect(await attemptWith(() => Promise.resolve(succeeded))).toMatchObject({ kind: 'done' });
  fleet.clock.advance(31 * 60_000);
  expect(await attemptWith(() => Promise.resolve(succeeded))).toMatchObject({ failure: { code: 'deadline-exceeded' } });
});

it.each([
  { what: 'for longer than an operation lives', seconds: 6 * 3600 + 1, times: 1 },
  { what: 'again and again', seconds: 1, times: 41 },
])('gives up at once when it is asked to wait $what', async ({ seconds, times }) => {
  const { obey, attemptWith } = await given();
  for (let before = 1; before < times; before += 1) await obey(seconds);

  const result = await attemptWith(() => Promise.reject(throttled(seconds)));

  expect(result).toMatchObject({ kind: 'failed', failure: { code: 'git-host-unavailable', retryable: true } });
});
