/** I4: everything was done with the credentials of the customer whose it is, whoever remembers it. */
import type { RunRecord, ShownOperation } from './crash-run.ts';
import type { Tenant } from './outside.ts';
import { provider } from '../support/aws-simulators.ts';

export function foreignHands(record: RunRecord): readonly string[] {
  return [
    ...foreignEffects(record),
    ...foreignKeys(record),
    ...foreignCalls(record),
    ...foreignRoles(record),
    ...foreignWriters(record),
    ...record.world.tenants.flatMap((tenant) => [
      ...foreignSessions(tenant, record),
      ...foreignVisitors(tenant, record),
    ]),
  ];
}

function foreignEffects({ world }: RunRecord): readonly string[] {
  return world
    .effects()
    .filter(({ owner, by }) => by !== undefined && by !== owner)
    .map(({ action, target, owner, by }) => `${action} ${target} of ${owner} with the credentials of ${by}`);
}

function foreignKeys({ world }: RunRecord): readonly string[] {
  return world
    .holdings()
    .flatMap(({ tenant, deployKeys }) =>
      deployKeys
        .filter(({ title }) => ownerOfTitle(title) !== `${tenant.customer}/${tenant.cluster}`)
        .map(({ title }) => `the key ${title} is in the repository of ${tenant.customer}`),
    );
}

/** `fleet-api:<customer>/<cluster> …` */
function ownerOfTitle(title: string): string | undefined {
  return /^fleet-api:(\S+) /.exec(title)?.[1];
}

/** By AWS's trail: each session works in its own account. */
function foreignCalls({ world }: RunRecord): readonly string[] {
  return world.aws.trail
    .filter(({ action, caller, resource }) => action !== 'sts:AssumeRole' && accountOf(caller) !== accountOf(resource))
    .filter(({ resource }) => accountOf(resource) !== '')
    .map(({ action, caller, resource }) => `${action} on ${resource} by ${caller}`);
}

/**
 * By STS's trail: each role was assumed by ourselves, for an operation of its customer, with the proof that this customer
 * asked for. A proof that is another's has been refused, and told to whom it does not belong.
 */
function foreignSessions({ accountId, customer }: Tenant, { world, shown }: RunRecord): readonly string[] {
  return world.aws.trail
    .filter(({ action, resource }) => action === 'sts:AssumeRole' && accountOf(resource) === accountId)
    .flatMap(({ caller, resource, errorCode, requestParameters: { roleSessionName = '' } = {} }) => [
      ...(caller === provider.arn ? [] : [`${resource} was assumed by ${caller}`]),
      ...(isOperationOf(customer, roleSessionName, shown) ? [] : [`${resource} was assumed for ${roleSessionName}`]),
      ...(errorCode === undefined ? [] : [`${resource} was not to be assumed so: ${errorCode}`]),
    ]);
}

/** Of no customer is there another role than the one that was made for us. */
function foreignRoles({ world }: RunRecord): readonly string[] {
  const roles = new Set(world.tenants.map(({ accountId }) => `arn:aws:iam::${accountId}:role/fleet-api`));
  return world.aws.trail
    .filter(({ action, resource }) => action === 'sts:AssumeRole' && !roles.has(resource))
    .map(({ resource }) => `${resource} was assumed, which is nobody's here`);
}

/** By ECR's trail: whoever called was the role of the customer whose registry it is, for an operation on its grants. */
function foreignWriters({ world, shown }: RunRecord): readonly string[] {
  const callers = new Map(
    world.tenants.map(({ accountId, customer }) => {
      const own = shown.filter((operation) => operation.customer === customer && operation.grant !== undefined);
      const role = `arn:aws:sts::${accountId}:assumed-role/fleet-api`;
      return [accountId, new Set(own.map(({ id }) => `${role}/${id}`))];
    }),
  );
  return world.aws.trail
    .filter(({ action }) => action.startsWith('ecr:'))
    .filter(({ resource, caller }) => callers.get(accountOf(resource))?.has(caller) !== true)
    .map(({ action, resource, caller }) => `${action} on ${resource} by ${caller}`);
}

/** By the API server's door: whoever came was this customer's role, for an operation of this customer. */
function foreignVisitors(tenant: Tenant, { world, shown }: RunRecord): readonly string[] {
  const { accountId, customer } = tenant;
  const role = `arn:aws:sts::${accountId}:assumed-role/fleet-api/`;
  const isExpected = (name: string) => name.startsWith(role) && isOperationOf(customer, name.slice(role.length), shown);
  return [...new Set(world.clusters.visitors(tenant).values())]
    .filter((name) => !isExpected(name))
    .map((name) => `${name === '' ? 'somebody unknown' : name} came to the cluster of ${customer}`);
}

function isOperationOf(customer: string, id: string, shown: readonly ShownOperation[]): boolean {
  return shown.some((operation) => operation.customer === customer && operation.id === id);
}

function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}
