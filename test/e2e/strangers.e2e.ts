import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandResult } from '../support/e2e/commands.ts';
import { defaultControllers } from '../support/e2e/live-flux.ts';
import { sharedRig } from '../support/e2e/rig-access.ts';
import { createStrangers, type Ground, prepareGround, type Strangers } from '../support/e2e/strangers.ts';

let strangers: Strangers;
let ground: Ground;

beforeAll(async () => {
  strangers = await createStrangers();
  ground = await prepareGround(sharedRig());
  expectDone(await strangers.npm('ci', '--ignore-scripts'));
});

afterAll(async () => {
  await ground.close();
  await strangers.remove();
});

function expectDone({ exitCode, output }: CommandResult): void {
  expect(exitCode, output).toBe(0);
}

describe('somebody who has nothing of ours but the contract', () => {
  it('generates a client from it that compiles', async () => {
    expectDone(await strangers.npm('run', 'generate'));
    expectDone(await strangers.npm('run', 'check'));
  });

  it('onboards a cluster with that client', async () => {
    const { customer, account, cluster } = ground.onboarding;
    const file = await strangers.write('onboarding.json', ground.onboarding);

    const run = await strangers.npm('run', '--silent', 'onboard', '--', sharedRig().env().apiUrl, file);

    expectDone(run);
    const summary = summaryOf(run);
    expect(summary).toMatchObject({
      customer: customer.id,
      account: { id: account.id, roleArn: expect.stringContaining(account.id), externalId: expect.any(String) },
      cluster: cluster.id,
      operation: { kind: 'bootstrap-cluster', state: 'SUCCEEDED' },
      flux: {
        isReady: true,
        controllers: expect.arrayContaining(defaultControllers.map((name) => ({ name, isAvailable: true }))),
      },
      lists: { clusters: [cluster.id], isInFleet: true, operations: [summary.operation.id], deployKeys: 1 },
    });
    expect(summary.operation.steps.map(({ state }) => state)).not.toContain('FAILED');
    expect(summary.plan.checks.map(({ result }) => result)).not.toContain('FAIL');
    expect(summary.lists.events.toSorted()).toEqual([
      'account.created',
      'cluster.created',
      'customer.created',
      'operation.accepted',
      'operation.ended',
    ]);
  });
});

interface Summary {
  readonly plan: { readonly checks: readonly { readonly result: string }[] };
  readonly operation: { readonly id: string; readonly steps: readonly { readonly state: string }[] };
  readonly lists: { readonly events: readonly string[] };
}

function summaryOf({ output }: CommandResult): Summary {
  return JSON.parse(output) as Summary;
}
