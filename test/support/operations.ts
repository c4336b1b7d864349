import type { FleetTable } from '../../src/adapters/fleet-table.ts';
import { fluxDefaults } from '../../src/flux-bootstrap/flux-options.ts';
import { bootstrapSteps } from '../../src/operations/operation.ts';
import type { BootstrapOperation, BootstrapSnapshot, OperationState } from '../../src/operations/operation.ts';

export const snapshot: BootstrapSnapshot = {
  repository: { host: 'git.example', owner: 'acme', name: 'infrastructure', branch: 'main' },
  accountId: '111122223333',
  region: 'eu-west-1',
  eksName: 'production',
  access: 'managed',
  roleArn: 'arn:aws:iam::111122223333:role/fleet-api',
  externalId: 'ID1',
  flux: {
    ...fluxDefaults,
    components: [...fluxDefaults.components],
    extraComponents: [],
    tolerationKeys: [],
    version: '2.9.2',
  },
  allowPrune: false,
  replace: false,
};

/** A bootstrap as it is accepted, in any state. */
export function operationInState(state: OperationState, fields: Partial<BootstrapOperation> = {}): BootstrapOperation {
  return {
    id: 'op-1',
    kind: 'bootstrap-cluster',
    customer: 'acme',
    cluster: 'production',
    state,
    caller: 'arn:aws:iam::999988887777:role/operator',
    createdAt: '2027-01-01T00:00:00.000Z',
    deadlineAt: '2027-01-01T00:30:00.000Z',
    steps: Object.fromEntries(bootstrapSteps.map((name) => [name, { state: 'PENDING', attempt: 0 }])),
    snapshot,
    desiredHash: 'desired',
    fingerprint: 'fingerprint',
    ...fields,
  };
}

/** What whoever cancels does to the item; the product cannot be asked for it yet. */
export async function setState(table: FleetTable, id: string, state: OperationState): Promise<void> {
  const isSet = await table.update(
    { pk: `OPERATION#${id}`, sk: 'OPERATION' },
    {
      expression: 'SET #state = :state',
      condition: 'attribute_exists(pk)',
      names: { '#state': 'state' },
      values: { ':state': state },
    },
  );
  if (!isSet) throw new Error(`there is no operation ${id}`);
}
