import { expect, it } from 'vitest';
import { operationOf, resourceOf } from '../../support/answers.ts';
import { unavailable } from '../../support/faults.ts';
import { caller, grantSpec } from '../../support/fleet.ts';
import { eventsOf } from '../../support/lists.ts';
import { customerPath, grant, grantPath, sendGrant, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('answers with the operation, its Location with the stage, and Retry-After', async () => {
  const fleet = await fleets.registered();

  const answer = await sendGrant(fleet);

  expect(answer.status).toBe(202);
  const operation = await operationOf(answer);
  expect(operation).toMatchObject({
    ...{ kind: 'apply-ecr-grant', customer: 'acme', grant: 'staging-pull', state: 'PENDING' },
    steps: [{ name: 'preflight' }, { name: 'write-policies' }, { name: 'record' }],
  });
  expect(answer.headers.get('location')).toBe(`/prod${customerPath}/operations/${operation.id}`);
  expect(answer.headers.get('retry-after')).toBe('2');
  expect([...fleet.engine.started]).toEqual([operation.id]);
});

it('declares the grant before the work begins, and tells of both', async () => {
  const fleet = await fleets.registered();

  const answer = await sendGrant(fleet);

  const { spec, status } = await resourceOf(await fleet.call('GET', grantPath));
  expect(spec).toEqual(grantSpec);
  const { id } = await operationOf(answer);
  expect(status).toMatchObject({ state: 'APPLYING', operation: id, repositories: [] });
  const requestId = answer.headers.get('x-request-id');
  const own = (await eventsOf(fleet)).filter((event) => event.requestId === requestId);
  expect(own).toHaveLength(2);
  expect(own).toContainEqual(
    expect.objectContaining({ type: 'ecr-grant.created', resource: grantPath, caller, after: grantSpec }),
  );
  expect(own).toContainEqual(expect.objectContaining({ type: 'operation.accepted' }));
});

it('replaces what was declared, and tells of it with before and after', async () => {
  const fleet = await fleets.registered();
  await grant(fleet);
  const { createdAt } = await resourceOf(await fleet.call('GET', grantPath));

  const answer = await sendGrant(fleet, { access: 'push' });

  expect(answer.status).toBe(202);
  const changed = await resourceOf(await fleet.call('GET', grantPath));
  expect(changed).toMatchObject({ createdAt, spec: { access: 'push' } });
  expect(changed.updatedAt > createdAt).toBe(true);
  expect(await eventsOf(fleet)).toContainEqual(
    expect.objectContaining({ type: 'ecr-grant.updated', before: grantSpec, after: { ...grantSpec, access: 'push' } }),
  );
});

it('keeps the way into the registry as it is now', async () => {
  const fleet = await fleets.registered();

  const { id } = await operationOf(await sendGrant(fleet));

  expect((await fleet.operations.get(id))?.snapshot).toMatchObject({
    registry: grantSpec.registry,
    roleArn: 'arn:aws:iam::111122223333:role/fleet-api',
    externalId: (await fleet.registry.getCustomer('acme'))?.externalId,
  });
});

it('is accepted although the engine cannot start it now: the sweeper will', async () => {
  const fleet = await fleets.registered();
  fleet.faults.engine.fail('start', { when: 'before', error: unavailable('workflow-engine') });

  const answer = await sendGrant(fleet);

  expect(answer.status).toBe(202);
  expect(await fleet.operations.listOpen(10)).toEqual([(await operationOf(answer)).id]);
});

it.each([
  ['a role with a path', { principal: { type: 'role', accountId: '222233334444', roleName: 'ci/deployer' } }],
  ['an organization', { principal: { type: 'organization', organizationId: 'o-a1b2c3d4e5' } }],
  ['functions', { principal: { type: 'lambda', accountId: '222233334444', region: 'eu-west-1' } }],
  ['all repositories', { repositories: { all: true } }],
  ['an end', { expiresAt: '2100-01-01T00:00:00Z' }],
])('takes %s', async (_, spec) => {
  const fleet = await fleets.registered();

  expect((await sendGrant(fleet, spec)).status).toBe(202);

  expect((await resourceOf(await fleet.call('GET', grantPath))).spec).toEqual({ ...grantSpec, ...spec });
});
