import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { etagOf, putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('forgets nothing but what was read', async () => {
  const fleet = await fleets.registered();
  const etag = await etagOf(fleet.call('GET', clusterPath));
  await putCluster(fleet, { environment: 'a' });

  const answer = fleet.call('DELETE', `${clusterPath}?abandon=true`, { headers: { 'if-match': etag } });

  await expectProblem(answer, { status: 412, code: 'precondition-failed' });
  expect((await resourceOf(await fleet.call('GET', clusterPath))).status).toMatchObject({ state: 'REGISTERED' });
});
