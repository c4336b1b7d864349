import { expect, it } from 'vitest';
import { resourceOf } from '../../support/answers.ts';
import { bootstrapEngine } from '../../support/bootstrap-engine.ts';
import { clusterPath } from '../../support/fleet.ts';
import { expectProblem } from '../../support/problems.ts';
import { leaveSomething, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const inUse = { status: 409, code: 'resource-in-use' };

it('keeps a cluster that was bootstrapped, and names what is left in it', async () => {
  const fleet = await fleets.registered();
  await (await bootstrapEngine(fleet)).bootstrap();

  const problem = await expectProblem(fleet.call('DELETE', clusterPath), inUse);

  expect(problem['usedBy']).toEqual(['access-entry', 'deploy-key', 'flux', 'repository-files']);
  expect(problem['detail']).toContain('?abandon=true');
  expect((await resourceOf(await fleet.call('GET', clusterPath))).status).toMatchObject({ state: 'BOOTSTRAPPED' });
});

it('keeps a cluster in which an operation that failed may have left something', async () => {
  const fleet = await fleets.registered();
  await leaveSomething(fleet, { leavings: ['repository-files'] });

  const problem = await expectProblem(fleet.call('DELETE', `${clusterPath}?abandon=false`), inUse);

  expect(problem['usedBy']).toEqual(['repository-files']);
  expect((await fleet.call('POST', `${clusterPath}/bootstrap`)).status).toBe(202);
});
