import { expect, it } from 'vitest';
import { operationOf, resourceOf } from '../../support/answers.ts';
import { eventTypesOf } from '../../support/lists.ts';
import { etagOf, grant, grantPath, runToEnd, sendGrant, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('applies what is declared once more, and tells of no change', async () => {
  const fleet = await fleets.registered();
  await grant(fleet);
  const before = await resourceOf(await fleet.call('GET', grantPath));
  const etag = await etagOf(fleet.call('GET', grantPath));

  const answer = await sendGrant(fleet, {}, { headers: { 'if-match': etag } });

  expect(answer.status).toBe(202);
  await runToEnd(fleet, (await operationOf(answer)).id);
  expect(fleet.engine.started.size).toBe(2);
  const { updatedAt, spec } = await resourceOf(await fleet.call('GET', grantPath));
  expect({ updatedAt, spec }).toEqual({ updatedAt: before.updatedAt, spec: before.spec });
  expect((await eventTypesOf(fleet)).filter((type) => type.startsWith('ecr-grant'))).toEqual(['ecr-grant.created']);
});

it('takes what has ended since, which gives no right any more', async () => {
  const fleet = await fleets.registered();
  const expiresAt = new Date(fleet.clock.now().getTime() + 60_000).toISOString();
  await grant(fleet, { expiresAt });
  fleet.clock.advance(120_000);

  expect((await sendGrant(fleet, { expiresAt })).status).toBe(202);

  expect((await resourceOf(await fleet.call('GET', grantPath))).status).toMatchObject({ state: 'EXPIRED' });
});
