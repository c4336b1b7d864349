import { expect, it } from 'vitest';
import { bootstrapEngine } from '../../support/bootstrap-engine.ts';
import { clusterPath } from '../../support/fleet.ts';
import { eventsOf } from '../../support/lists.ts';
import { expectProblem } from '../../support/problems.ts';
import { etagOf, leaveSomething, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('forgets a cluster that was bootstrapped when it is told to, and says what stays', async () => {
  const fleet = await fleets.registered();
  const operation = await (await bootstrapEngine(fleet)).bootstrap();
  const writes = [...fleet.kubernetes.writes];
  fleet.clock.advance(1);

  const answer = await fleet.call('DELETE', `${clusterPath}?abandon=true`);

  expect(answer.status).toBe(200);
  const body = (await answer.json()) as { readonly abandoned: object };
  expect(body).toMatchObject({
    id: 'production',
    abandoned: {
      leavings: ['access-entry', 'deploy-key', 'flux', 'repository-files'],
      bootstrap: { operationId: operation.id, repositoryUrl: 'ssh://git@git.example/acme/infrastructure.git' },
    },
  });
  await expectProblem(fleet.call('GET', clusterPath), { status: 404, code: 'not-found' });
  const [event] = await eventsOf(fleet);
  expect(event).toMatchObject({ type: 'cluster.deleted', after: { abandoned: body.abandoned } });
  expect(fleet.kubernetes.writes).toEqual(writes);
  expect(fleet.git.repository({ owner: 'acme', name: 'infrastructure' }).deployKeys).toHaveLength(1);
});

it('abandons what was read, under If-Match', async () => {
  const fleet = await fleets.registered();
  await leaveSomething(fleet, { leavings: ['flux'] });
  const headers = { 'if-match': await etagOf(fleet.call('GET', clusterPath)) };

  const answer = await fleet.call('DELETE', `${clusterPath}?abandon=true`, { headers });

  expect(await answer.json()).toEqual({ id: 'production', abandoned: { leavings: ['flux'] } });
});
