/** The product over a real store and fakes of everything else, with one customer's cluster that can be onboarded. */
import { generateKeyPair } from '../../src/adapters/ssh-key-pairs.ts';
import { createDynamoEcrRepositories } from '../../src/adapters/dynamodb-ecr-repositories.ts';
import { createDynamoEvents } from '../../src/adapters/dynamodb-events.ts';
import { createDynamoOperations } from '../../src/adapters/dynamodb-operations.ts';
import { createDynamoRegistry } from '../../src/adapters/dynamodb-registry.ts';
import type { FleetTable } from '../../src/adapters/fleet-table.ts';
import type { BootstrapDependencies } from '../../src/flux-bootstrap/bootstrap-job.ts';
import { inspectRoutes } from '../../src/http/inspect-routes.ts';
import { createApi } from '../../src/http/api.ts';
import { apiRoutes } from '../../src/http/routes.ts';
import type { Api, ApiDependencies, InspectDependencies } from '../../src/http/route-context.ts';
import type { Distribution, LoadedDistribution } from '../../src/ports/distributions.ts';
import type { EksAccess } from '../../src/ports/eks-access.ts';
import type { EcrRegistryAccess } from '../../src/ports/ecr-registry.ts';
import type { IamPolicies } from '../../src/ports/iam-policies.ts';
import type { EcrRepositoryStore } from '../../src/ports/ecr-repositories.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import type { GitHost } from '../../src/ports/git-host.ts';
import type { KubernetesCluster } from '../../src/ports/kubernetes-cluster.ts';
import type { OperationStore } from '../../src/ports/operation-store.ts';
import type { Registry } from '../../src/ports/registry.ts';
import type { WorkflowEngine } from '../../src/ports/workflow-engine.ts';
import { fakeIamPolicies, type FakeIamPolicies } from './fake-iam-policies.ts';
import { fakeEcrRegistry, type FakeEcrRegistry } from './fake-ecr-registry.ts';
import { fakeEksAccess, type FakeEksAccess, type FakeEksCluster } from './fake-eks-access.ts';
import { fluxDistribution, runFlux, runNode } from './fake-flux.ts';
import { fakeGitHost, type FakeGitHost } from './fake-git-host.ts';
import { fakeKubernetes, type FakeKubernetes } from './fake-kubernetes.ts';
import { fakeWorkflowEngine, type FakeWorkflowEngine } from './fake-workflow-engine.ts';
import { inContract } from './contract.ts';
import { createFaults, type Faults, withFaults } from './faults.ts';
import { fleetClock, type FleetClock } from './fleet-clock.ts';

export const acme = { owner: 'acme', name: 'infrastructure' };
export const account = '111122223333';
export const caller = 'arn:aws:iam::999988887777:role/operator';

export const customerSpec = {
  displayName: 'Acme',
  repository: { host: 'git.example', ...acme, branch: 'main' },
};
export const clusterSpec = {
  accountId: account,
  region: 'eu-west-1',
  eksName: 'production',
  flux: { version: '2.9.2' },
};

/** Another account's right to repositories in the customer's account. */
export const grantSpec = {
  registry: { accountId: account, region: 'eu-west-1' },
  repositories: { names: ['team/api', 'team/web'] },
  principal: { type: 'account', accountId: '222233334444' },
  access: 'pull',
  reason: 'staging deploys',
} as const;

export interface Fleet {
  readonly clock: FleetClock;
  readonly registry: Registry;
  readonly operations: OperationStore;
  readonly events: EventLog;
  readonly git: FakeGitHost;
  readonly kubernetes: FakeKubernetes;
  readonly eks: FakeEksAccess;
  readonly cluster: FakeEksCluster;
  readonly ecr: FakeEcrRegistry;
  readonly iam: FakeIamPolicies;
  readonly engine: FakeWorkflowEngine;
  readonly faults: {
    readonly registry: Faults<Registry>;
    readonly operations: Faults<OperationStore>;
    readonly events: Faults<EventLog>;
    readonly git: Faults<GitHost>;
    readonly eks: Faults<EksAccess>;
    readonly ecr: Faults<EcrRegistryAccess>;
    readonly iam: Faults<IamPolicies>;
    readonly engine: Faults<WorkflowEngine>;
    readonly kubernetes: Faults<KubernetesCluster>;
  };
  readonly deps: FleetDependencies;
  readonly distributions: Map<string, Distribution>;
  /** Private keys that were made. */
  readonly privateKeys: string[];
  /** Everything that was said to a log. */
  readonly logged: unknown[];
  readonly api: Api;
  /** A request as the gateway hands it on; an object is sent as JSON. */
  call(method: string, path: string, options?: CallOptions): Promise<Response>;
  /** Registers the customer, its account and its cluster. */
  register(): Promise<void>;
}

export type FleetDependencies = ApiDependencies & InspectDependencies & BootstrapDependencies;

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export const clusterPath = '/v1/customers/acme/clusters/production';

/** Other ways into customers' accounts than the fake ones. */
export function makeFleet(
  table: FleetTable,
  { ecr: ecrPort, iam: iamPort }: { readonly ecr?: EcrRegistryAccess; readonly iam?: IamPolicies } = {},
): Fleet {
  const clock = fleetClock();
  const git = fakeGitHost();
  git.addRepository(acme);
  const kubernetes = fakeKubernetes();
  const inside = createFaults<KubernetesCluster>();
  kubernetes.around = inside.around;
  kubernetes.onWaited = (seconds) => clock.advance(seconds * 1000);
  runNode(kubernetes);
  runFlux(kubernetes, git, acme);
  const eks = fakeEksAccess();
  const cluster = eks.addCluster({ accountId: account, region: 'eu-west-1', eksName: 'production' }, kubernetes);
  const ecr = fakeEcrRegistry();
  const iam = fakeIamPolicies();
  const engine = fakeWorkflowEngine();
  const ports = {
    registry: withFaults(createDynamoRegistry(table)),
    operations: withFaults(createDynamoOperations(table)),
    events: withFaults(createDynamoEvents(table)),
    repositories: { port: createDynamoEcrRepositories(table, { now: clock.now }) },
    git: withFaults<GitHost>(git),
    eks: withFaults<EksAccess>(eks),
    ecr: withFaults<EcrRegistryAccess>(ecrPort ?? ecr),
    iam: withFaults<IamPolicies>(iamPort ?? iam),
    engine: withFaults<WorkflowEngine>(engine),
  };
  const distributions = new Map([['2.9.2', fluxDistribution()]]);
  const logged: unknown[] = [];
  const privateKeys: string[] = [];
  const deps = dependencies({ ports, clock, distributions, logged, privateKeys });
  const api = apiOf(deps, logged);
  const call: Fleet['call'] = async (method, path, { body, headers = {} } = {}) => {
    const request =
      body === undefined
        ? { method, headers }
        : { method, headers: { 'content-type': 'application/json', ...headers }, body: textOf(body) };
    return inContract(method, path, await api.request(path, request));
  };
  return {
    ...{ clock, git, kubernetes, eks, cluster, ecr, iam, engine, deps, distributions, privateKeys, logged, api, call },
    registry: ports.registry.port,
    operations: ports.operations.port,
    events: ports.events.port,
    faults: {
      registry: ports.registry.faults,
      operations: ports.operations.faults,
      events: ports.events.faults,
      git: ports.git.faults,
      eks: ports.eks.faults,
      ecr: ports.ecr.faults,
      iam: ports.iam.faults,
      engine: ports.engine.faults,
      kubernetes: inside.faults,
    },
    async register() {
      await expectMade(call('PUT', '/v1/customers/acme', { body: customerSpec }));
      await expectMade(call('PUT', `/v1/customers/acme/accounts/${account}`, { body: { alias: 'production' } }));
      await expectMade(call('PUT', clusterPath, { body: clusterSpec }));
    },
  };
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

async function expectMade(answer: Promise<Response>): Promise<void> {
  const response = await answer;
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
}

interface Parts {
  readonly ports: {
    readonly registry: { readonly port: Registry };
    readonly operations: { readonly port: OperationStore };
    readonly events: { readonly port: EventLog };
    readonly repositories: { readonly port: EcrRepositoryStore };
    readonly git: { readonly port: GitHost };
    readonly eks: { readonly port: EksAccess };
    readonly ecr: { readonly port: EcrRegistryAccess };
    readonly iam: { readonly port: IamPolicies };
    readonly engine: { readonly port: WorkflowEngine };
  };
  readonly clock: FleetClock;
  readonly distributions: ReadonlyMap<string, Distribution>;
  readonly logged: unknown[];
  readonly privateKeys: string[];
}

function dependencies({ ports, clock, distributions, logged, privateKeys }: Parts): FleetDependencies {
  let lastId = 0;
  return {
    registry: ports.registry.port,
    operations: ports.operations.port,
    events: ports.events.port,
    repositories: ports.repositories.port,
    engine: ports.engine.port,
    eks: ports.eks.port,
    ecr: ports.ecr.port,
    iam: ports.iam.port,
    gitHosts: new Map([['git.example', ports.git.port]]),
    gitHostNames: ['git.example'],
    distributions: { load: async (version) => loaded(distributions, version) },
    keyPairs: {
      generate() {
        const pair = generateKeyPair();
        privateKeys.push(pair.privateKeyPem);
        return pair;
      },
    },
    roleName: 'fleet-api',
    trustedPrincipalArn: 'arn:aws:iam::999988887777:role/fleet-api',
    openApiDocument: async () => 'openapi: 3.1.0',
    reachesPrivateEndpoints: false,
    now: clock.now,
    pause: clock.pause,
    randomId() {
      lastId += 1;
      return `ID${lastId}`;
    },
    onStartFailed: (operationId, error) => void logged.push({ operationId, error }),
    onUnexpected: (operationId, error) => void logged.push({ operationId, error }),
    onEnded: (operation, ending) => void logged.push({ operationId: operation.id, ending }),
  };
}

function loaded(distributions: ReadonlyMap<string, Distribution>, version: string): LoadedDistribution {
  const distribution = distributions.get(version);
  return distribution ? { kind: 'loaded', distribution } : { kind: 'version-not-found', detail: `no Flux ${version}` };
}

function apiOf(deps: FleetDependencies, logged: unknown[]): Api {
  let lastRequest = 0;
  return createApi({
    routes: [...apiRoutes(deps), ...inspectRoutes(deps)],
    log: { answered: (fields) => void logged.push(fields), failed: (fields) => void logged.push(fields) },
    arrivalOf(c) {
      lastRequest += 1;
      const rawPath = new URL(c.req.url).pathname;
      return { rawPath, requestId: `request-${lastRequest}`, caller, pathPrefix: '/prod' };
    },
  });
}
