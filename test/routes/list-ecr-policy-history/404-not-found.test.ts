import { it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import {
  accountPath,
  customerPath,
  historyPath,
  keepPolicy,
  otherPath,
  putCustomer,
  useFleets,
} from '../../support/route-fleet.ts';

const fleets = useFleets();
const missing = { status: 404, code: 'not-found' };
const query = '?repository=team/api';

it("shows nothing of an account that is not the customer's", async () => {
  const fleet = await fleets.registered();
  await keepPolicy(fleet);
  await putCustomer(fleet, 'other', { name: 'other' });

  await expectProblem(fleet.call('GET', `${historyPath.replace(customerPath, otherPath)}${query}`), missing);
});

it('shows nothing once the account was deleted, nor once the customer was', async () => {
  const fleet = await fleets.withTwoCustomers();
  await keepPolicy(fleet);

  await fleet.call('DELETE', accountPath);
  await expectProblem(fleet.call('GET', `${historyPath}${query}`), missing);
  await fleet.call('DELETE', customerPath);
  await expectProblem(fleet.call('GET', `${historyPath}${query}`), missing);
});
