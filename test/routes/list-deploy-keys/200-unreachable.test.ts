import { expect, it } from 'vitest';
import { OutsideCallError } from '../../../src/errors.ts';
import { bootstrapEngine } from '../../support/bootstrap-engine.ts';
import { unavailable } from '../../support/faults.ts';
import { clusterPath } from '../../support/fleet.ts';
import type { Fleet } from '../../support/fleet.ts';
import { moveToUnknownHost, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

const notThere = new OutsideCallError({
  ...{ system: 'git-host', failure: 'rejected', attempted: 'list deploy keys', answer: 'no such repository' },
  status: 404,
});
const notAllowed = new OutsideCallError({
  ...{ system: 'git-host', failure: 'forbidden', attempted: 'list deploy keys', answer: 'must be an administrator' },
  status: 403,
});
const fail = (error: Error) => (fleet: Fleet) => fleet.faults.git.fail('listDeployKeys', { when: 'before', error });

it.each<[string, (fleet: Fleet) => unknown]>([
  ['git-host-unavailable', fail(unavailable('git-host'))],
  ['repository-not-found', fail(notThere)],
  ['outside-call-refused', fail(notAllowed)],
  ['git-host-unknown', moveToUnknownHost],
])('answers all the same with what is recorded: %s', async (code, hide) => {
  const fleet = await fleets.registered();
  await (await bootstrapEngine(fleet)).bootstrap();
  const recordedFingerprint = (await fleet.registry.getRuntime('acme', 'production'))?.result?.keyFingerprint;
  await hide(fleet);

  const answer = await fleet.call('GET', `${clusterPath}/deploy-keys`);

  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    reachability: { isReachable: false, code, detail: expect.stringMatching(/.{20,}/) },
    recordedFingerprint,
  });
});
