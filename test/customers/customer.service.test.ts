import { describe, expect, it } from 'vitest';
import { bootstrapEngine } from '../support/bootstrap-engine.ts';
import { Crash } from '../support/faults.ts';
import { losingAnswers } from '../support/fleet-table.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { clusterPath, makeFleet } from '../support/fleet.ts';
import { expectProblem } from '../support/problems.ts';
import { accountPath, customerPath, putCustomer } from '../support/route-fleet.ts';

const given = async () => makeFleet(createMemoryTable());
const taken = { status: 409, code: 'repository-taken' };

describe('a repository', () => {
  it('has one customer of many that ask for it at once', async () => {
    const fleet = await given();

    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => putCustomer(fleet, `customer-${n}`)));

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array.from({ length: 7 }, () => 409),
    ]);
  });

  it('that is changed is freed last: until the customer has the new one, the old one is still taken', async () => {
    const fleet = await given();
    await putCustomer(fleet);
    fleet.faults.registry.fail('putCustomer', { when: 'before', error: new Crash('putCustomer') });

    expect((await putCustomer(fleet, 'acme', { name: 'new' })).status).toBe(500);

    await expectProblem(putCustomer(fleet, 'other'), taken);
    await expectProblem(putCustomer(fleet, 'other', { name: 'new' }), taken);
    expect((await putCustomer(fleet, 'acme', { name: 'new' })).status).toBe(200);
  });

  it('whose name was taken by a request that died is free after five minutes', async () => {
    const fleet = await given();
    fleet.faults.registry.fail('putCustomer', { when: 'before', error: new Crash('putCustomer') });
    expect((await putCustomer(fleet)).status).toBe(500);

    fleet.clock.advance(5 * 60_000 - 10);
    await expectProblem(putCustomer(fleet, 'other'), taken);
    fleet.clock.advance(10);
    expect((await putCustomer(fleet, 'other')).status).toBe(201);
    await expectProblem(putCustomer(fleet), taken);
  });

  it('whose old name was not freed any more is free for others after a while', async () => {
    const fleet = await given();
    await putCustomer(fleet);
    fleet.faults.registry.fail('freeUnique', { when: 'before', error: new Crash('freeUnique') });
    expect((await putCustomer(fleet, 'acme', { name: 'new' })).status).toBe(500);
    expect(await fleet.registry.getCustomer('acme')).toMatchObject({ spec: { repository: { name: 'new' } } });

    await expectProblem(putCustomer(fleet, 'other'), taken);
    fleet.clock.advance(5 * 60_000);
    expect((await putCustomer(fleet, 'other')).status).toBe(201);
  });

  it('that a failed bootstrap may have left a cluster with stays with its customer', async () => {
    const fleet = await given();
    await fleet.register();
    const { bootstrap } = await bootstrapEngine(fleet);
    fleet.kubernetes.onWaited = (seconds) => fleet.clock.advance(seconds * 1000);
    fleet.faults.registry.fail('recordResult', { when: 'before', error: new Error('no more') });
    expect(await bootstrap()).toMatchObject({ state: 'FAILED', failure: { step: 'record' } });

    expect((await putCustomer(fleet, 'acme', { name: 'new' })).status).toBe(200);

    await expectProblem(putCustomer(fleet, 'other'), taken);
    fleet.clock.advance(60 * 60_000);
    await expectProblem(putCustomer(fleet, 'other'), taken);
  });

  it('that an abandoned cluster still reads stays taken, also when its customer is gone', async () => {
    const fleet = await given();
    await fleet.register();
    const { bootstrap } = await bootstrapEngine(fleet);
    await bootstrap();
    expect((await fleet.call('DELETE', `${clusterPath}?abandon=true`)).status).toBe(200);
    expect((await fleet.call('DELETE', accountPath)).status).toBe(204);
    expect((await fleet.call('DELETE', customerPath)).status).toBe(204);

    fleet.clock.advance(60 * 60_000);

    await expectProblem(putCustomer(fleet, 'other'), taken);
    expect((await putCustomer(fleet)).status).toBe(201);
  });

  it('of a customer whose DELETE died before it was freed is free for others after a while', async () => {
    const fleet = await given();
    await putCustomer(fleet);
    fleet.faults.registry.fail('freeUnique', { when: 'before', error: new Crash('freeUnique') });
    expect((await fleet.call('DELETE', '/v1/customers/acme')).status).toBe(500);

    await expectProblem(putCustomer(fleet, 'other'), taken);
    fleet.clock.advance(5 * 60_000);
    expect((await putCustomer(fleet, 'other')).status).toBe(201);
  });
});

describe('an operation that began while the repository was changed', () => {
  it('keeps the old name taken until it has ended', async () => {
    const fleet = await given();
    await fleet.register();
    fleet.faults.registry.onCall('putCustomer', async () => {
      await fleet.call('POST', `${clusterPath}/bootstrap`);
    });

    expect((await putCustomer(fleet, 'acme', { name: 'new' })).status).toBe(200);

    fleet.clock.advance(10 * 60_000);
    await expectProblem(putCustomer(fleet, 'other'), taken);
    const [id = ''] = await fleet.operations.listOpen(1);
    await fleet.operations.end(id, ['PENDING'], { state: 'FAILED', at: fleet.clock.now().toISOString() });
    fleet.faults.registry.onCall('putCustomer', () => undefined);
    expect((await putCustomer(fleet, 'other')).status).toBe(201);
  });
});

describe('answers of the store that are lost', () => {
  it('change nothing of how customers are registered', async () => {
    const fleet = makeFleet(losingAnswers(createMemoryTable()));

    expect((await putCustomer(fleet)).status).toBe(201);
    expect((await putCustomer(fleet, 'acme', { name: 'new' })).status).toBe(200);
    expect((await putCustomer(fleet, 'other')).status).toBe(201);
    expect((await fleet.call('DELETE', '/v1/customers/other')).status).toBe(204);
  });
});
