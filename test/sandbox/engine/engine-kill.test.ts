import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it, onTestFinished } from 'vitest';

import { armCrashPoint, reachedCrashPoints } from '../../../sandbox/engine/crash-points.ts';
import { executionRecordSchema, type ExecutionRecord } from '../../../sandbox/engine/execution-record.ts';
import { temporaryDirectory } from './engine-fixture.ts';

const child = fileURLToPath(new URL('engine-child.ts', import.meta.url));

function run(directory: string): ChildProcess {
  const started = spawn(process.execPath, [child, directory], { stdio: ['ignore', 'ignore', 'inherit'] });
  onTestFinished(() => void started.kill('SIGKILL'));
  return started;
}

async function kill(process: ChildProcess): Promise<void> {
  const exit = once(process, 'exit');
  process.kill('SIGKILL');
  await exit;
}

/** Resolves as soon as `holds`, looked at whenever something in the directory changes. */
async function until(directory: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const changes = watch(directory);
  try {
    for (let isFirst = true; !(await holds()); isFirst = false) {
      await (isFirst ? Promise.race([once(changes, 'change'), nextTurn()]) : once(changes, 'change'));
    }
  } finally {
    changes.close();
  }
}

/** What changed before the watch began is only seen by looking once more. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

async function effectsIn(directory: string): Promise<string[]> {
  const text = await readFile(join(directory, 'effects'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

async function recordIn(directory: string): Promise<ExecutionRecord> {
  const text = await readFile(join(directory, 'executions', 'job', 'one.json'), 'utf8');
  return executionRecordSchema.parse(JSON.parse(text));
}

function timesOf(effects: readonly string[]): Record<string, number> {
  return Object.fromEntries(effects.map((effect) => [effect, effects.filter((other) => other === effect).length]));
}

// Real processes and real waits of some seconds: the limit is for a machine under load.
describe('an engine killed with SIGKILL', { timeout: 120_000 }, () => {
  it('at named points goes on where it was, repeating only what was not recorded', async () => {
    const directory = await temporaryDirectory();
    const points = join(directory, 'points');
    const names = [
      'engine.start:after',
      'world.change:after',
      'engine.commit.checkpoint:before',
      'engine.commit.checkpoint:after',
      'engine.record.checkpoint:before',
      'engine.record.checkpoint:after',
    ];

    for (const name of names) {
      armCrashPoint(points, name);
      const process = run(directory);
      await until(join(points, 'reached'), () => reachedCrashPoints(points).includes(name));
      await kill(process);
    }
    await once(run(directory), 'exit');

    const effects = await effectsIn(directory);
    expect(await recordIn(directory)).toMatchObject({ status: 'SUCCEEDED', result: '"record after 3 checks"' });
    expect([...new Set(effects)]).toEqual(['commit', 'left', 'right', 'check-0', 'check-1', 'check-2', 'record']);
    // Killed after the effect: `world.change:after`, `engine.commit.checkpoint:before`, and once it was recorded.
    expect(timesOf(effects)).toMatchObject({ commit: 3, 'check-0': 1, 'check-1': 1, 'check-2': 1, record: 2 });
  });

  it('again and again makes the checks in their order and does not begin its wait anew', async () => {
    const directory = await temporaryDirectory();
    const waits = new Set<string | undefined>();

    for (const effect of ['left', 'right', 'check-0', 'check-1', 'check-2']) {
      const process = run(directory);
      await until(directory, async () => (await effectsIn(directory)).includes(effect));
      await kill(process);
      const wait = (await recordIn(directory)).state.operations.find(({ Type }) => Type === 'WAIT');
      waits.add(wait?.WaitDetails?.ScheduledEndTimestamp);
    }
    await once(run(directory), 'exit');

    const checks = (await effectsIn(directory)).filter((effect) => effect.startsWith('check-'));
    expect(await recordIn(directory)).toMatchObject({ status: 'SUCCEEDED', result: '"record after 3 checks"' });
    expect(checks).toEqual(checks.toSorted());
    expect(new Set(checks)).toEqual(new Set(['check-0', 'check-1', 'check-2']));
    waits.delete(undefined);
    expect(waits.size).toBe(1);
  });
});
