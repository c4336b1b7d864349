/** Many callers who ask for the same thing at once, through the API of the whole system. */
import { describe, expect, it } from 'vitest';
import { acme } from '../crash/outside.ts';
import { operationIdOf } from '../crash/scenarios.ts';
import { bootstrapOf, type FleetRun, givenFleet, type Ran } from './fleet-run.ts';

const callers = 50;
const ask = bootstrapOf(acme, 'nightly');

interface Listed {
  readonly items: readonly { readonly id: string; readonly state: string }[];
}

async function begun(fleet: FleetRun): Promise<Ran> {
  return fleet.run([]);
}

function post({ life }: Ran, { key = ask.key, body }: { key?: string; body?: object } = {}): Promise<Response> {
  return life.ask('POST', ask.path, { headers: { 'idempotency-key': key }, ...(body ? { body } : {}) });
}

async function operationsOf({ life }: Ran): Promise<Listed['items']> {
  const answer = await life.ask('GET', `/v1/customers/${acme.customer}/operations`);
  return ((await answer.json()) as Listed).items;
}

function commitsOf({ world }: FleetRun): number {
  const [holdings] = world.holdings();
  return holdings?.commits.filter(({ message }) => message.includes('Fleet-Operation:')).length ?? 0;
}

/** Each is shown the operation in its present state, and it goes on while they ask. */
function shownWithoutProgress(body: string): string {
  const {
    state: _state,
    startedAt: _startedAt,
    heartbeatAt: _heartbeatAt,
    steps: _steps,
    ...rest
  } = JSON.parse(body) as Record<string, unknown>;
  return JSON.stringify(rest);
}

describe('fifty requests at once under one key', () => {
  it('begin one operation and are all told of it', async () => {
    const fleet = await givenFleet([acme]);
    const ran = await begun(fleet);

    const answers = await Promise.all(Array.from({ length: callers }, () => post(ran)));
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    await ran.sequence.settle();

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(bodies.map(shownWithoutProgress)).size).toBe(1);
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ id: operationIdOf(ask) });
    expect(await operationsOf(ran)).toMatchObject([{ id: operationIdOf(ask), state: 'SUCCEEDED' }]);
    expect(fleet.world.executions.records()).toHaveLength(1);
    expect(commitsOf(fleet)).toBe(1);
  });

  it('are answered with the ended operation, in the same words, once it has succeeded', async () => {
    const fleet = await givenFleet([acme]);
    const ran = await begun(fleet);
    await post(ran);
    await ran.sequence.settle();

    const answers = await Promise.all(Array.from({ length: callers }, () => post(ran)));
    const bodies = await Promise.all(answers.map((answer) => answer.text()));

    expect(new Set(bodies).size).toBe(1);
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ id: operationIdOf(ask), state: 'SUCCEEDED' });
    expect(fleet.world.executions.records()).toHaveLength(1);
  });

  it('begin one operation even where their wishes differ, and those who wish otherwise are refused', async () => {
    const fleet = await givenFleet([acme]);
    const ran = await begun(fleet);

    const bodyOf = (caller: number) => (caller % 2 === 0 ? {} : { allowPrune: true });
    const answers = await Promise.all(Array.from({ length: callers }, (_, n) => post(ran, { body: bodyOf(n) })));
    await ran.sequence.settle();

    const statuses = [0, 1].map((half) => new Set(answers.filter((_, n) => n % 2 === half).map((one) => one.status)));
    expect(statuses).toContainEqual(new Set([202]));
    expect(statuses).toContainEqual(new Set([422]));
    expect(await operationsOf(ran)).toMatchObject([{ id: operationIdOf(ask), state: 'SUCCEEDED' }]);
    expect(commitsOf(fleet)).toBe(1);
  });
});

describe('the same key', () => {
  it.each(['while the operation runs', 'after it has succeeded'])('with another body is refused %s', async (when) => {
    const fleet = await givenFleet([acme]);
    const ran = await begun(fleet);
    await post(ran);
    if (when.startsWith('after')) await ran.sequence.settle();

    const answer = await post(ran, { body: { allowPrune: true } });

    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ code: 'idempotency-key-reused' });
    await ran.sequence.settle();
    expect(await operationsOf(ran)).toHaveLength(1);
  });

  it('begins one new operation for fifty requests at once after the first has failed', async () => {
    const fleet = await givenFleet([acme]);
    const { world } = fleet.world.github;
    const ran = await begun(fleet);
    world.archive(acme.repository);
    await post(ran);
    await ran.sequence.settle();
    expect(await operationsOf(ran)).toMatchObject([{ id: operationIdOf(ask), state: 'FAILED' }]);
    world.archive(acme.repository, false);

    const answers = await Promise.all(Array.from({ length: callers }, () => post(ran)));
    const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { id: string }).id));
    await ran.sequence.settle();

    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).not.toBe(operationIdOf(ask));
    const operations = await operationsOf(ran);
    expect(operations).toHaveLength(2);
    expect(operations).toContainEqual(expect.objectContaining({ id: ids[0], state: 'SUCCEEDED' }));
    expect(operations).toContainEqual(expect.objectContaining({ id: operationIdOf(ask), state: 'FAILED' }));
    expect(fleet.world.executions.records()).toHaveLength(2);
    expect(commitsOf(fleet)).toBe(1);
  });
});
