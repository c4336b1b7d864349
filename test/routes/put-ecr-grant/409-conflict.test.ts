import { expect, it } from 'vitest';
import { grantRecord } from '../../contracts/registry-records.ts';
import { grantSpec } from '../../support/fleet.ts';
import { eventTypesOf } from '../../support/lists.ts';
import { expectProblem } from '../../support/problems.ts';
import {
  accountPath,
  beforeNext,
  customerPath,
  grant,
  grantPath,
  sendGrant,
  useFleets,
} from '../../support/route-fleet.ts';

const fleets = useFleets();
const conflict = { status: 409, code: 'conflict' };
const operationsPath = `${customerPath}/operations`;

it.each([
  ['the account', [accountPath]],
  ['the customer', [accountPath, customerPath]],
])('leaves no grant where %s is deleted at the same moment', async (_, paths) => {
  const fleet = await fleets.withTwoCustomers();
  beforeNext(fleet, 'putEcrGrant', async () => {
    for (const path of paths) expect((await fleet.call('DELETE', path)).status).toBe(204);
  });

  const problem = await expectProblem(sendGrant(fleet), conflict);

  expect(problem['detail']).toContain('was deleted at the same moment');
  const { grant: place } = await fleet.registry.read({ customer: 'acme', grant: 'staging-pull' });
  expect(place.record).toBeUndefined();
  expect(await eventTypesOf(fleet)).toEqual(expect.arrayContaining(['ecr-grant.created', 'ecr-grant.deleted']));
  expect(await (await fleet.call('GET', operationsPath)).json()).toMatchObject({
    items: [{ state: 'FAILED', failure: { step: 'start', code: 'spec-changed' } }],
  });
  expect(await fleet.registry.getHolding('acme', { grant: 'staging-pull' })).toMatchObject({ claimedBy: undefined });
  expect(fleet.engine.started.size).toBe(0);
});

it('writes nothing over what was declared between its look and its claim', async () => {
  const fleet = await fleets.registered();
  await grant(fleet);
  beforeNext(fleet, 'claim', () => grant(fleet, { reason: 'theirs' }));

  await expectProblem(sendGrant(fleet, { access: 'push' }), conflict);

  expect(await (await fleet.call('GET', grantPath)).json()).toMatchObject({
    spec: { ...grantSpec, reason: 'theirs' },
    status: { lastOperation: { state: 'FAILED' } },
  });
  expect(await (await fleet.call('GET', operationsPath)).json()).toMatchObject({
    items: expect.arrayContaining([
      expect.objectContaining({
        ...{ state: 'FAILED', failure: expect.objectContaining({ code: 'spec-changed', retryable: true }) },
      }),
    ]),
  });
  expect(fleet.engine.started.size).toBe(2);
  expect((await eventTypesOf(fleet)).filter((type) => type === 'ecr-grant.updated')).toHaveLength(1);
  expect((await sendGrant(fleet, { access: 'push' })).status).toBe(202);
});

it('does not bring back what was withdrawn and forgotten between its look and its claim', async () => {
  const fleet = await fleets.registered();
  await grant(fleet);
  beforeNext(fleet, 'claim', () =>
    fleet.registry.deleteEcrGrant('acme', 'staging-pull', { version: 2, changedBy: 'x' }),
  );

  await expectProblem(sendGrant(fleet, { access: 'push' }), conflict);

  await expectProblem(fleet.call('GET', grantPath), { status: 404, code: 'not-found' });
});

it('tells of no change where the record was written at the very moment of its own write', async () => {
  const fleet = await fleets.registered();
  beforeNext(fleet, 'putEcrGrant', () =>
    fleet.registry.putEcrGrant(grantRecord({ id: 'staging-pull' }, { ...grantSpec, reason: 'theirs' }), 'event'),
  );

  await expectProblem(sendGrant(fleet), conflict);

  expect(await (await fleet.call('GET', grantPath)).json()).toMatchObject({ spec: { reason: 'theirs' } });
  expect((await eventTypesOf(fleet)).filter((type) => type.startsWith('ecr-grant'))).toEqual([]);
});

it('lets one of two that create it at the same moment through', async () => {
  const fleet = await fleets.registered();

  const answers = await Promise.all([sendGrant(fleet), sendGrant(fleet, { access: 'push' })]);

  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([202, 409]);
  expect(fleet.engine.started.size).toBe(1);
  expect((await eventTypesOf(fleet)).filter((type) => type.startsWith('ecr-grant'))).toEqual(['ecr-grant.created']);
});
