/** What is registered before strangers come: schemathesis.toml and hooks.py know these ids. */
import { exampleRegion } from '../../sandbox/example.ts';
import { createCustomerRepository } from '../rig/example.ts';
import { gitHostName } from '../rig/parts/api-environment.ts';
import type { Rig } from '../rig/rig.ts';
import { createFleetClient, type FleetClient, readOperation, whenResting } from '../support/e2e/fleet-client.ts';

const accounts = { acme: ['111122223333', '222233334444'], globex: ['333344445555', '444455556666'] } as const;
type Accounts = (typeof accounts)[keyof typeof accounts];
const clusters = ['production', 'staging'] as const;

/**
 * The rig's example, bootstrapped, so that there is an operation that succeeded; and what is only registered: another
 * customer, an account without our role, clusters that EKS does not know, grants that come to nothing.
 */
export async function plantSeeds(rig: Rig): Promise<void> {
  const { apiUrl, example } = rig.env();
  const fleet = createFleetClient(apiUrl);
  const path = `/v1/customers/${example.customer.id}`;
  await fleet.put(path, example.customer.spec);
  await putAccounts(fleet, path, accounts.acme);
  await fleet.put(`${path}/clusters/${example.cluster.id}`, example.cluster.spec);
  await fleet.put(`${path}/clusters/staging`, clusterSpec(accounts.acme, 'acme-staging'));

  await rig.gitea.administration.createUser('globex');
  await createCustomerRepository(rig.gitea, { owner: 'globex', name: 'infrastructure' }, clusters);
  const repository = { host: gitHostName, owner: 'globex', name: 'infrastructure', branch: 'main' };
  await fleet.put('/v1/customers/globex', { displayName: 'Globex', repository });
  await putAccounts(fleet, '/v1/customers/globex', accounts.globex);
  for (const cluster of clusters) {
    await fleet.put(`/v1/customers/globex/clusters/${cluster}`, clusterSpec(accounts.globex, `globex-${cluster}`));
  }

  await putGrant(fleet, path, accounts.acme);
  await putGrant(fleet, '/v1/customers/globex', accounts.globex);

  const begun = readOperation(await fleet.call('POST', `${path}/clusters/${example.cluster.id}/bootstrap`));
  const operation = await whenResting(fleet, `${path}/operations/${begun.id}`);
  if (operation.state !== 'SUCCEEDED') throw new Error(`the example's bootstrap: ${JSON.stringify(operation)}`);
}

async function putAccounts(fleet: FleetClient, path: string, ids: Accounts): Promise<void> {
  for (const account of ids) await fleet.put(`${path}/accounts/${account}`, { alias: 'production' });
}

/** Declared is enough: nobody else's registry has to be there for it. */
async function putGrant(fleet: FleetClient, customerPath: string, ids: Accounts): Promise<void> {
  const path = `${customerPath}/ecr-grants/staging-pull`;
  const body = {
    registry: { accountId: ids[0], region: exampleRegion },
    repositories: { names: ['team/api'] },
    principal: { type: 'account', accountId: ids[1] },
    access: 'pull',
    reason: 'staging deploys',
  };
  const { status, text } = await fleet.call('PUT', path, { body });
  if (status !== 202) throw new Error(`PUT ${path}: ${status} ${text}`);
}

function clusterSpec(ids: Accounts, eksName: string): object {
  return { accountId: ids[1], region: exampleRegion, eksName, flux: { version: '2.9.2' } };
}
