/** What a careless engineer would have written: each breaks one promise, and the laboratory must find out which. */
import type { BootstrapDependencies } from '../../src/flux-bootstrap/bootstrap-job.ts';
import type { GitHost } from '../../src/ports/git-host.ts';
import type { KubernetesCluster, KubernetesObject } from '../../src/ports/kubernetes-cluster.ts';
import type { RequestBudget } from '../../src/ports/request-budget.ts';
import { unavailable } from '../support/faults.ts';
import type { Invariant } from './auditor.ts';
import type { Carelessness } from './product-life.ts';
import type { Point } from './wire.ts';

export interface NaiveSwitch {
  readonly name: string;
  /** In which scenario it shows, and by what. */
  readonly scenario: string;
  readonly invariant: Invariant;
  /** Where a life has to end for it to show; nowhere: it shows without. */
  readonly points: readonly Point[];
  readonly careless: Carelessness;
}

type Deps = Parameters<Carelessness>[0];

function withGit(deps: Deps, change: (git: GitHost) => Partial<GitHost>): Deps {
  const gitHosts = new Map([...deps.gitHosts].map(([name, git]) => [name, { ...plainly(git), ...change(git) }]));
  return { ...deps, gitHosts };
}

/** Ports may be objects of any make: what is spread has to be theirs. */
function plainly(git: GitHost): GitHost {
  return {
    knownHosts: git.knownHosts,
    sshUrl: (repository) => git.sshUrl(repository),
    inspectRepository: (...of) => git.inspectRepository(...of),
    listFolder: (...of) => git.listFolder(...of),
    readBlob: (...of) => git.readBlob(...of),
    commitFiles: (...of) => git.commitFiles(...of),
    lastCommit: (...of) => git.lastCommit(...of),
    listDeployKeys: (...of) => git.listDeployKeys(...of),
    addDeployKey: (...of) => git.addDeployKey(...of),
    removeDeployKey: (...of) => git.removeDeployKey(...of),
    endJob: (...of) => git.endJob(...of),
  };
}

type Target = Parameters<BootstrapDependencies['eks']['connect']>[0];

function withKubernetes(
  deps: Deps,
  change: (cluster: KubernetesCluster, target: Target) => Partial<KubernetesCluster>,
): Deps {
  const connect: Deps['eks']['connect'] = (target, cluster) => {
    const connected = deps.eks.connect(target, cluster);
    const changed: Partial<KubernetesCluster> = change(connected, target);
    return new Proxy(connected, {
      get: (own, key: keyof KubernetesCluster) => changed[key] ?? own[key],
    });
  };
  return { ...deps, eks: { ...deps.eks, connect } };
}

function isSecret({ kind }: { readonly kind: string }): boolean {
  return kind === 'Secret';
}

function publicKeyIn(secret: KubernetesObject): string {
  const { data } = secret as KubernetesObject & { data: Readonly<Record<string, string>> };
  return Buffer.from(data['identity.pub'] ?? '', 'base64')
    .toString()
    .trim();
}

const freely: RequestBudget = {
  take: async () => ({ kind: 'granted' }),
  pausedUntil: async () => undefined,
  pause: async () => undefined,
};

export const naiveSwitches: readonly NaiveSwitch[] = [
  {
    name: 'commits without looking what is there',
    ...{
      scenario: 'bootstrap',
      invariant: 'I2',
      points: ['github commit#1 after'],
    },
    careless: (deps, world, wire) =>
      withGit(deps, (git) => {
        let isBeforeCommit = false;
        return {
          inspectRepository(...of) {
            isBeforeCommit = true;
            return git.inspectRepository(...of);
          },
          // The step believes that the folder is empty; the commit replaces whatever is there.
          async listFolder(...of) {
            const isBelieved = isBeforeCommit;
            isBeforeCommit = false;
            return isBelieved ? new Map() : git.listFolder(...of);
          },
          commitFiles: (repository, { message, changes }) =>
            wire.pass({ name: 'github commit', hasEffect: true }, async () => {
              const files = Object.fromEntries(changes.map(({ path, content }) => [path, content]));
              const commit = world.github.world.commitByOther(repository, { files, message });
              return { kind: 'committed', commit };
            }),
        };
      }),
  },
  {
    name: 'registers the key before the Secret is there',
    ...{ scenario: 'bootstrap', invariant: 'I2', points: ['github POST /repos/{repository}/keys#1 after'] },
    careless: (deps, world, wire) =>
      withKubernetes(deps, (cluster, { accountId }) => ({
        async create(object, signal) {
          const tenant = world.tenants.find((one) => one.accountId === accountId);
          if (isSecret(object) && tenant) {
            const publicKey = publicKeyIn(object);
            const title = `fleet-api:${tenant.customer}/${tenant.cluster} (flux-system) ${publicKey.slice(-8)}`;
            await world.github.gitHost(wire, freely).addDeployKey(tenant.repository, { title, publicKey }, signal);
          }
          return cluster.create(object, signal);
        },
      })),
  },
  {
    name: 'writes the Secret over the one that is there',
    ...{
      scenario: 'bootstrap',
      invariant: 'I2',
      points: ['kubernetes APPLY secrets/flux-system#1 after'],
    },
    careless: (deps) =>
      withKubernetes(deps, (cluster) => {
        let isWritten = false;
        return {
          get: async (reference, signal) =>
            isSecret(reference) && !isWritten ? undefined : cluster.get(reference, signal),
          async create(object, signal) {
            if (!isSecret(object)) return cluster.create(object, signal);
            isWritten = true;
            await cluster.apply(object, 'flux', signal);
            return { kind: 'created' };
          },
        };
      }),
  },
  {
    name: 'puts the private key into the evidence',
    ...{ scenario: 'bootstrap', invariant: 'I5', points: [] },
    careless: (deps, world) => ({
      ...deps,
      operations: {
        ...deps.operations,
        saveStep: (id, name, step) =>
          deps.operations.saveStep(id, name, {
            ...step,
            evidence: { ...step.evidence, key: Buffer.from(world.privateKeys.join('')).toString('base64') },
          }),
      },
    }),
  },
  {
    name: "works in another customer's cluster",
    ...{ scenario: 'two-customers', invariant: 'I4', points: [] },
    careless: (deps) =>
      withGit(deps, (git) => ({
        addDeployKey: (repository, key, signal) =>
          git.addDeployKey(
            repository.owner === 'acme' ? { owner: 'globex', name: 'platform' } : repository,
            key,
            signal,
          ),
      })),
  },
  {
    name: 'takes a cluster without claiming it',
    ...{ scenario: 'two-callers', invariant: 'I2', points: [] },
    careless: (deps) => ({
      ...deps,
      registry: {
        ...deps.registry,
        claim: async () => ({ kind: 'claimed' }),
        recordResult: async () => ({ kind: 'written' }),
      },
    }),
  },
  {
    name: "changes a file of the customer's",
    ...{ scenario: 'bootstrap', invariant: 'I3', points: [] },
    careless: (deps) =>
      withGit(deps, (git) => ({
        async commitFiles(repository, request, signal) {
          const head = await git.inspectRepository(repository, request.branch, signal);
          const commit = head.kind === 'found' ? head.head : '';
          const folder = request.changes[0]?.path.split('/').slice(0, 3).join('/') ?? '';
          const blob = (await git.listFolder(repository, { commit, folder }, signal)).get(`${folder}/apps.yaml`);
          const own = { path: `${folder}/apps.yaml`, content: '# ours\n' };
          const changes = [...request.changes, blob === undefined ? own : { ...own, replacesBlob: blob }];
          return git.commitFiles(repository, { ...request, changes }, signal);
        },
      })),
  },
  {
    name: "changes an object of the customer's",
    ...{ scenario: 'bootstrap', invariant: 'I3', points: [] },
    careless: (deps) =>
      withKubernetes(deps, (cluster) => ({
        async create(object, signal) {
          const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'theirs', namespace: 'default' };
          await cluster.patch(reference, { data: { key: 'ours' } }, signal);
          await cluster.patch(reference, { data: { key: 'value' } }, signal);
          return cluster.create(object, signal);
        },
      })),
  },
  {
    name: "applies under the name of the customer's own tools",
    ...{ scenario: 'bootstrap', invariant: 'I3', points: [] },
    careless: (deps) =>
      withKubernetes(deps, (cluster) => ({
        apply: (object, _, signal) => cluster.apply(object, 'kubectl', signal),
      })),
  },
  {
    name: 'writes whole labels where its own would do',
    ...{ scenario: 'repair', invariant: 'I3', points: [] },
    careless: (deps) =>
      withKubernetes(deps, (cluster) => ({
        async apply(object, manager, signal) {
          const { apiVersion, kind, metadata } = object;
          const labels = { 'example.com/seen': null };
          await cluster.patch({ apiVersion, kind, ...metadata }, { metadata: { labels } }, signal);
          return cluster.apply(object, manager, signal);
        },
      })),
  },
  {
    name: 'forgets what it has not started',
    ...{ scenario: 'bootstrap', invariant: 'I1', points: [] },
    careless: (deps) => ({
      ...deps,
      engine: { ...deps.engine, start: async () => undefined },
      operations: { ...deps.operations, listOpen: async () => [] },
    }),
  },
  {
    name: 'brings an operation back that has ended',
    ...{ scenario: 'bootstrap', invariant: 'I6', points: [] },
    careless: (deps, world) => ({
      ...deps,
      operations: {
        ...deps.operations,
        async close(id) {
          await deps.operations.close(id);
          await world.revive(id);
        },
      },
    }),
  },
  {
    name: 'tries again and again',
    ...{ scenario: 'bootstrap', invariant: 'I7', points: [] },
    careless: (deps) => ({
      ...deps,
      operations: {
        ...deps.operations,
        async beginStep(id, step) {
          if (step.attempt < 12) throw unavailable('dynamodb');
          return deps.operations.beginStep(id, step);
        },
      },
    }),
  },
];
