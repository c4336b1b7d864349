import { expect, it } from 'vitest';
import { operationOf } from '../../support/answers.ts';
import { bootstrapEngine } from '../../support/bootstrap-engine.ts';
import { useFleets, customerPath, runToEnd } from '../../support/route-fleet.ts';

const fleets = useFleets();

it('shows its steps in their order and nothing of how it is kept', async () => {
  const { fleet, id, path } = await fleets.operating();

  const answer = await fleet.call('GET', path);

  expect(answer.status).toBe(200);
  expect(answer.headers.get('retry-after')).toBe('2');
  const body = await operationOf(answer);
  expect(body.steps.map(({ name }) => name)).toEqual([
    ...['preflight', 'commit-manifests', 'apply-namespace-and-crds', 'apply-components'],
    ...['provision-deploy-key', 'apply-sync', 'await-reconciled', 'record'],
  ]);
  expect(Object.keys(body).toSorted()).toEqual([
    ...['cluster', 'createdAt', 'customer', 'deadlineAt', 'id', 'kind', 'state', 'steps'],
  ]);
  expect(body.id).toBe(id);
});

it('shows what each step left when it has ended', async () => {
  const fleet = await fleets.registered();
  const { id } = await (await bootstrapEngine(fleet)).bootstrap();

  const answer = await fleet.call('GET', `${customerPath}/operations/${id}`);

  expect(answer.headers.get('retry-after')).toBeNull();
  const body = await operationOf(answer);
  expect(body).toMatchObject({ state: 'SUCCEEDED', endedAt: expect.any(String) });
  expect(new Set(body.steps.map(({ state }) => state))).toEqual(new Set(['SUCCEEDED']));
  expect(body.steps[0]).toMatchObject({ evidence: expect.any(Object), attempt: 1 });
});

it('shows why it failed', async () => {
  const { fleet, id, path } = await fleets.operating();
  await runToEnd(fleet, id, 'FAILED');

  expect(await operationOf(await fleet.call('GET', path))).toMatchObject({
    state: 'FAILED',
    failure: { step: 'preflight', code: 'cluster-not-found', retryable: false, remedies: [] },
  });
});
