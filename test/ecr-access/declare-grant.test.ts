/** A grant is declared by the request, or by the operation where the request died: once, and never in vain. */
import { describe, expect, it } from 'vitest';
import { sweepOperations } from '../../src/operations/sweep-operations.ts';
import { ecrFleet, grantsPath, registry, stagingPull } from '../support/ecr-fleet.ts';
import type { EcrFleet, ShownOperation } from '../support/ecr-fleet.ts';
import { Crash } from '../support/faults.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { eventTypesOf } from '../support/lists.ts';
import { beforeNext } from '../support/route-fleet.ts';

const path = `${grantsPath}/staging-pull`;
const accountPath = `/v1/customers/acme/accounts/${registry.accountId}`;

async function given(): Promise<EcrFleet> {
  const ecr = await ecrFleet(createMemoryTable());
  await ecr.putRepository('api');
  await ecr.putRepository('web');
  return ecr;
}

/** The sweeper comes by, starts what is left, and that runs to its end. */
async function sweep({ fleet, finish }: EcrFleet): Promise<ShownOperation> {
  fleet.clock.advance(60_000);
  const { started, troubled } = await sweepOperations(fleet.deps);
  expect([started.length, troubled]).toEqual([1, []]);
  return finish(started[0] ?? '');
}

const sidsOf = async (ecr: EcrFleet, name: string) => (await ecr.policyOf(name))?.Statement.map(({ Sid }) => Sid);
const grantEventsOf = async ({ fleet }: EcrFleet) =>
  (await eventTypesOf(fleet)).filter((type) => type.startsWith('ecr-grant'));

type Point = readonly ['registry' | 'operations' | 'events' | 'engine', string, 'before' | 'after'];
const points: readonly Point[] = [
  ['registry', 'claim', 'after'],
  ['operations', 'markAccepted', 'before'],
  ['operations', 'markAccepted', 'after'],
  ['events', 'intend', 'before'],
  ['events', 'intend', 'after'],
  ['registry', 'putEcrGrant', 'before'],
  ['registry', 'putEcrGrant', 'after'],
  ['events', 'confirm', 'before'],
  ['engine', 'start', 'before'],
];

function dieAt({ fleet }: EcrFleet, [port, method, when]: Point): void {
  fleet.faults[port].fail(method as never, { when, error: new Crash(method) });
}

describe('a PUT that died', () => {
  it.each(points)('at %s.%s (%s) is finished by the sweeper and the operation', async (...point) => {
    const ecr = await given();
    dieAt(ecr, point);
    expect((await ecr.fleet.call('PUT', path, { body: stagingPull })).status).toBe(500);

    const operation = await sweep(ecr);

    expect(operation).toMatchObject({ kind: 'apply-ecr-grant', state: 'SUCCEEDED' });
    expect(await (await ecr.fleet.call('GET', path)).json()).toMatchObject({
      ...{ spec: stagingPull, status: { state: 'APPLIED', lastOperation: { id: operation.id } } },
    });
    expect(await sidsOf(ecr, 'api')).toEqual(['FleetApiPull']);
    expect(await grantEventsOf(ecr)).toEqual(['ecr-grant.created']);
  });

  it('is finished by the same PUT again as well, with one operation and one change', async () => {
    const ecr = await given();
    dieAt(ecr, ['registry', 'putEcrGrant', 'before']);
    await ecr.fleet.call('PUT', path, { body: stagingPull });

    const again = await ecr.fleet.call('PUT', path, { body: stagingPull });

    expect(again.status).toBe(202);
    const { id } = (await again.json()) as { readonly id: string };
    expect((await sweep(ecr)).id).toBe(id);
    expect(await grantEventsOf(ecr)).toEqual(['ecr-grant.created']);
  });
});

describe('a DELETE that died', () => {
  it.each(points)('at %s.%s (%s) is finished by the sweeper and the operation', async (...point) => {
    const ecr = await given();
    await ecr.run('PUT', 'staging-pull', { body: stagingPull });
    dieAt(ecr, point);
    expect((await ecr.fleet.call('DELETE', path)).status).toBe(500);

    const operation = await sweep(ecr);

    expect(operation).toMatchObject({ kind: 'withdraw-ecr-grant', state: 'SUCCEEDED' });
    expect((await ecr.fleet.call('GET', path)).status).toBe(404);
    expect(await sidsOf(ecr, 'api')).toBeUndefined();
    expect((await grantEventsOf(ecr)).toSorted()).toEqual([
      ...['ecr-grant.created', 'ecr-grant.deleted', 'ecr-grant.withdrawn'],
    ]);
  });
});

describe('a PUT that is held up', () => {
  it('brings back nothing that was applied without it and withdrawn since', async () => {
    const ecr = await given();
    beforeNext(ecr.fleet, 'putEcrGrant', async () => {
      expect(await sweep(ecr)).toMatchObject({ state: 'SUCCEEDED' });
      expect(await ecr.run('DELETE', 'staging-pull')).toMatchObject({ state: 'SUCCEEDED' });
    });

    const answer = await ecr.fleet.call('PUT', path, { body: stagingPull });

    expect(answer.status).toBe(409);
    expect((await ecr.fleet.call('GET', path)).status).toBe(404);
    expect(await sidsOf(ecr, 'api')).toBeUndefined();
    expect((await grantEventsOf(ecr)).filter((type) => type === 'ecr-grant.created')).toHaveLength(1);
  });
});

describe('an operation whose account was deleted while the grant was declared', () => {
  it('writes no policy, and the grant is gone', async () => {
    const ecr = await given();
    let id = 'none';
    beforeNext(ecr.fleet, 'deleteAccount', async () => {
      const begun = await ecr.fleet.call('PUT', path, { body: stagingPull });
      expect(begun.status).toBe(202);
      ({ id } = (await begun.json()) as { readonly id: string });
    });
    expect((await ecr.fleet.call('DELETE', accountPath)).status).toBe(204);

    const operation = await ecr.finish(id);

    expect(operation).toMatchObject({ state: 'FAILED', failure: { step: 'preflight', code: 'spec-changed' } });
    expect((await ecr.fleet.call('GET', path)).status).toBe(404);
    expect(await sidsOf(ecr, 'api')).toBeUndefined();
    expect((await ecr.fleet.call('DELETE', '/v1/customers/acme')).status).toBe(204);
  });
});
