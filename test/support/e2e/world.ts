/** A fresh customer with its AWS account, its repository and its clusters, onboarded as customers are: through REST. */
import { randomBytes, randomInt } from 'node:crypto';
import { exampleRegion } from '../../../sandbox/example.ts';
import { repositoryFiles } from '../../../sandbox/example-repository.ts';
import { botName } from '../../rig/example.ts';
import { gitHostName } from '../../rig/parts/api-environment.ts';
import { createGiteaAdministration } from '../../rig/parts/gitea-administration.ts';
import { createAwsControl, type AwsControl } from './aws-control.ts';
import { createClusterApi, type ClusterApi } from './cluster-api.ts';
import {
  type Answer,
  type ApiOperation,
  createFleetClient,
  type FleetClient,
  readOperation,
  whenResting,
} from './fleet-client.ts';
import { createCustomerRepository, type CustomerRepository } from './repository.ts';
import type { RigAccess, TestCluster } from './rig-access.ts';

export interface WorldCluster extends TestCluster {
  readonly id: string;
  /** Path of the resource. */
  readonly path: string;
  readonly spec: ClusterSpecBody;
  readonly api: ClusterApi;
}

export interface ClusterSpecBody {
  readonly accountId: string;
  readonly region: string;
  readonly eksName: string;
  readonly access?: 'managed' | 'customer';
  readonly flux: { readonly version: string; readonly [option: string]: unknown };
}

export interface World {
  readonly rig: RigAccess;
  readonly fleet: FleetClient;
  readonly aws: AwsControl;
  readonly repository: CustomerRepository;
  readonly customer: string;
  /** Path of the resource. */
  readonly customerPath: string;
  readonly customerSpec: { readonly repository: Readonly<Record<string, string>>; readonly [field: string]: unknown };
  readonly accountId: string;
  readonly externalId: string;
  readonly clusters: readonly [WorldCluster, ...WorldCluster[]];
  /** Ends the clusters. Customer and repository stay; nobody else has their names. */
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Ids of the clusters; default: `production`. */
  readonly clusters?: readonly [string, ...string[]];
  readonly isOlder?: boolean;
  /** Default: those of 2.9.2. */
  readonly flux?: ClusterSpecBody['flux'];
}

export const fluxVersion = '2.9.2';

export async function createWorld(rig: RigAccess, options: WorldOptions = {}): Promise<World> {
  const { clusters: ids = ['production'], isOlder = false, flux = { version: fluxVersion } } = options;
  const run = randomBytes(4).toString('hex');
  const customer = `customer-${run}`;
  const accountId = String(randomInt(100_000_000_000, 999_999_999_999));
  const repository = await makeRepository(rig, `owner-${run}`, ids);
  const started: TestCluster[] = [];
  const region = exampleRegion;
  for (const id of ids) started.push(await rig.addCluster({ accountId, region, name: `${id}-${run}`, isOlder }));

  const fleet = createFleetClient(rig.env().apiUrl);
  const aws = createAwsControl(rig.env().rig.awsControlUrl);
  const customerPath = `/v1/customers/${customer}`;
  const place = { host: gitHostName, owner: repository.owner, name: repository.name, branch: 'main' };
  const customerSpec = { displayName: `Customer ${run}`, repository: place, delivery: 'direct' };
  await fleet.put(customerPath, customerSpec);
  const externalId = externalIdOf(await fleet.put(`${customerPath}/accounts/${accountId}`, { alias: 'production' }));
  await aws.putRole({ accountId, trusts: rig.env().rig.product.arn, externalId });
  const clusters: WorldCluster[] = [];
  for (const [index, id] of ids.entries()) {
    const cluster = started[index];
    if (cluster === undefined) throw new Error('a cluster was not started');
    const spec: ClusterSpecBody = { accountId, region, eksName: cluster.address.name, access: 'managed', flux };
    const path = `${customerPath}/clusters/${id}`;
    await fleet.put(path, spec);
    clusters.push({ ...cluster, id, path, spec, api: createClusterApi(cluster.kubeconfig) });
  }
  const [first, ...others] = clusters;
  if (first === undefined) throw new Error('a world needs a cluster');
  return {
    ...{ rig, fleet, aws, repository, customer, customerPath, customerSpec, accountId, externalId },
    clusters: [first, ...others],
    async close() {
      for (const { api, address } of clusters) {
        api.close();
        await rig.removeCluster(address);
      }
    },
  };
}

/** A repository of that owner, who is made as well, with the product's user invited to it. */
export async function makeRepository(
  rig: RigAccess,
  owner: string,
  clusters: readonly string[],
): Promise<CustomerRepository> {
  const { gitUrl, gitToken, gitSshUrl } = rig.env();
  const administration = createGiteaAdministration({ apiUrl: `${gitUrl}/api/v1`, adminToken: gitToken });
  const name = 'infrastructure';
  await administration.createUser(owner);
  await administration.createRepository({ owner, name, branch: 'main', files: repositoryFiles(clusters) });
  // Deploy keys can be managed by administrators of a repository only.
  await administration.addCollaborator({ owner, name }, botName, 'admin');
  return createCustomerRepository({ gitUrl, gitToken, gitSshUrl, owner, name });
}

function externalIdOf({ body }: Answer): string {
  const { externalId } = (body as { readonly status: { readonly externalId: string } }).status;
  return externalId;
}

export interface BootstrapCall {
  readonly key?: string;
  readonly body?: object;
}

/** POSTs the bootstrap; the answer as it came. */
export function postBootstrap(world: World, cluster: WorldCluster, { key, body }: BootstrapCall = {}): Promise<Answer> {
  return world.fleet.call('POST', `${cluster.path}/bootstrap`, {
    ...(body ? { body } : {}),
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });
}

/** Bootstraps the cluster and waits until the operation rests. */
export async function bootstrap(world: World, cluster: WorldCluster, call: BootstrapCall = {}): Promise<ApiOperation> {
  const { id } = readOperation(await postBootstrap(world, cluster, call));
  return whenResting(world.fleet, operationPath(world, id));
}

export function operationPath(world: World, id: string): string {
  return `${world.customerPath}/operations/${id}`;
}
