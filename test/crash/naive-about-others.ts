/** Careless ways with what is others': their things, their credentials, their secrets. */
import type { EksCluster } from '../../src/ports/eks-access.ts';
import { isSecret, withEvidence, withGit, withKubernetes, withTargets } from './careless-ports.ts';
import type { CrashWorld } from './crash-world.ts';
import type { NaiveSwitch } from './naive-switch.ts';

export const naiveAboutOthers: readonly NaiveSwitch[] = [
  {
    name: 'puts the private key into the evidence',
    ...{ scenario: 'bootstrap', invariant: 'I5', points: [] },
    careless: (deps, world) => withEvidence(deps, () => Buffer.from(world.privateKeys.join('')).toString('base64')),
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
    name: 'opens its sessions under one name for all',
    ...{ scenario: 'bootstrap', invariant: 'I4', points: [] },
    careless: (deps) => withTargets(deps, (target) => ({ ...target, sessionName: 'fleet-api' })),
  },
  {
    name: "proves itself with another customer's ExternalId",
    ...{ scenario: 'two-customers', invariant: 'I4', points: [] },
    careless(deps) {
      let first: string | undefined;
      return withTargets(deps, (target) => ({ ...target, externalId: (first ??= target.externalId) }));
    },
  },
  {
    name: 'goes to the cluster that was described last',
    ...{ scenario: 'two-customers', invariant: 'I4', points: [] },
    careless(deps) {
      let last: EksCluster | undefined;
      const { eks } = deps;
      return {
        ...deps,
        eks: {
          ...eks,
          async describeCluster(target, signal) {
            const described = await eks.describeCluster(target, signal);
            if (described.kind === 'described') last = described.cluster;
            return described;
          },
          connect: (target, cluster) => eks.connect(target, last ?? cluster),
        },
      };
    },
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
    name: 'logs the request behind a token',
    ...{ scenario: 'bootstrap', invariant: 'I5', points: [] },
    careless: (deps, world) => ({
      ...deps,
      onEnded(operation, ending) {
        const request = requestBehind(tokensIn(world)[0] ?? '');
        world.logged.push({ request });
        deps.onEnded(operation, ending);
      },
    }),
  },
  {
    name: 'shows the signature of a token',
    ...{ scenario: 'bootstrap', invariant: 'I5', points: [] },
    careless: (deps, world) =>
      withEvidence(deps, () => {
        const request = requestBehind(tokensIn(world)[0] ?? '');
        return URL.canParse(request) ? (new URL(request).searchParams.get('X-Amz-Signature') ?? '') : '';
      }),
  },
  {
    name: 'keeps the session for the next step',
    ...{ scenario: 'bootstrap', invariant: 'I5', points: [] },
    careless: (deps, world) =>
      withEvidence(deps, () => {
        const [session] = world.aws.sessions.values();
        return encodeURIComponent(session?.sessionToken ?? '');
      }),
  },
  {
    name: 'proves the App to the log',
    ...{ scenario: 'bootstrap', invariant: 'I5', points: [] },
    careless: (deps, world) =>
      withEvidence(deps, () => Buffer.from([...world.github.tokens].join(' ')).toString('base64')),
  },
  {
    name: 'keeps a copy of the Secret in a ConfigMap',
    ...{ scenario: 'bootstrap', invariant: 'I5', points: [] },
    careless: (deps) =>
      withKubernetes(deps, (cluster) => ({
        async create(object, signal) {
          const copy = { ...object, kind: 'ConfigMap', metadata: { ...object.metadata, name: 'copy' } };
          if (isSecret(object)) await cluster.apply(copy, 'flux', signal);
          return cluster.create(object, signal);
        },
      })),
  },
];

function tokensIn(world: CrashWorld): readonly string[] {
  return world.tenants.flatMap((tenant) => [...world.clusters.visitors(tenant).keys()]);
}

function requestBehind(token: string): string {
  return Buffer.from(token.replace('k8s-aws-v1.', ''), 'base64url').toString();
}
