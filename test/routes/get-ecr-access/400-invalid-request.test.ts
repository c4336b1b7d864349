import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { accountPath, customerPath, putAccount, putCustomer, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const path = `${customerPath}/ecr-registries/${accountPath.split('/').at(-1)}/eu-west-1/access`;

it.each([
  ['no repository', ''],
  ['a name that none can have', '?repository=Team/Api'],
  ['two of them', '?repository=api&repository=web'],
])('refuses %s, and asks nobody', async (_, query) => {
  const fleet = await fleets.empty();
  await putCustomer(fleet);
  await putAccount(fleet);

  const problem = await expectProblem(fleet.call('GET', `${path}${query}`), { status: 400, code: 'invalid-request' });

  expect(problem).toMatchObject({ errors: [{ parameter: 'repository' }] });
  expect(fleet.faults.ecr.calls).toEqual([]);
});
