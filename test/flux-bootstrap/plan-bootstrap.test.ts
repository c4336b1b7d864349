import { describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../src/adapters/ssh-key-pairs.ts';
import { deployKeyTitle } from '../../src/deploy-keys/deploy-key-title.ts';
import { OutsideCallError, type OutsideSystem } from '../../src/errors.ts';
import { planJob, type PlanDependencies, type PlanJob } from '../../src/flux-bootstrap/bootstrap-job.ts';
import { field, fluxReferences } from '../../src/flux-bootstrap/live-flux.ts';
import { planBootstrap } from '../../src/flux-bootstrap/plan-bootstrap.ts';
import type { BootstrapPlan } from '../../src/flux-bootstrap/plan-changes.ts';
import { planLimits } from '../../src/flux-bootstrap/plan-part.ts';
import { runPreflight } from '../../src/flux-bootstrap/run-preflight.ts';
import type { GitHost } from '../../src/ports/git-host.ts';
import type { BootstrapSnapshot } from '../../src/operations/operation.ts';
import { bootstrapEngine } from '../support/bootstrap-engine.ts';
import { beginJob, never, roleArn, runningJob } from '../support/bootstrap-job.ts';
import { fakeGitHost } from '../support/fake-git-host.ts';
import { unavailable, withFaults } from '../support/faults.ts';
import { createMemoryTable, type MemoryTable } from '../support/memory-table.ts';
import { acme, type Fleet, makeFleet } from '../support/fleet.ts';
import { snapshot } from '../support/operations.ts';

const folder = 'flux/clusters/production/flux-system';
const foreignManifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: precious\n  namespace: default\n';

interface Given {
  readonly fleet: Fleet;
  readonly table: MemoryTable;
  job(changes?: Partial<BootstrapSnapshot>, deps?: Partial<PlanDependencies>): PlanJob;
}

/** Registered, with our access entry, and no operation ever begun. */
async function registered(): Promise<Given> {
  const table = createMemoryTable();
  const fleet = makeFleet(table);
  await fleet.register();
  fleet.cluster.entries.add(roleArn);
  const { externalId } = (await fleet.registry.getCustomer('acme')) ?? { externalId: '' };
  return {
    fleet,
    table,
    job(changes = {}, deps = {}) {
      const draft = {
        id: 'plan-1',
        customer: 'acme',
        cluster: 'production',
        snapshot: { ...snapshot, externalId, ...changes },
      };
      const job = planJob({ ...fleet.deps, ...deps }, draft);
      if (!job) throw new Error('the Git host is not configured');
      return job;
    },
  };
}

async function bootstrapped(): Promise<Given> {
  const given = await registered();
  expect(await (await bootstrapEngine(given.fleet)).bootstrap()).toMatchObject({ state: 'SUCCEEDED' });
  return given;
}

function resultOf(plan: BootstrapPlan, name: string) {
  return plan.checks.find((check) => check.name === name);
}

/** Names of the checks with that result, in their order. */
function named(plan: BootstrapPlan, result: string): readonly string[] {
  return plan.checks.filter((check) => check.result === result).map(({ name }) => name);
}

const outsideChecks = [
  ...['role', 'cluster', 'endpoint'],
  ...['repository', 'branch', 'push', 'branch-rules', 'deploy-keys', 'host-keys'],
  ...['distribution', 'removals', 'kustomization', 'access-entry'],
];
const insideChecks = [
  ...['api-server', 'kubernetes-version', 'cluster-admin', 'incarnation', 'namespace'],
  ...['flux-owner', 'flux-path', 'flux-source', 'flux-suspended', 'secret'],
];
const everyCheck = [...outsideChecks, ...insideChecks, 'changes'];

const namesOf = (plan: BootstrapPlan) => plan.checks.map(({ name }) => name);

describe('a plan of a fresh cluster', () => {
  it('passes every check, and creates all that a bootstrap then makes', async () => {
    const { fleet, job } = await registered();

    const plan = await planBootstrap(job(), never);

    expect(named(plan, 'PASS')).toEqual(everyCheck);
    expect(plan.changes.files).toEqual([
      { path: `${folder}/gotk-components.yaml`, action: 'create' },
      { path: `${folder}/gotk-sync.yaml`, action: 'create' },
      { path: `${folder}/kustomization.yaml`, action: 'create' },
    ]);
    expect(plan.changes.deployKeys).toEqual([{ action: 'create', title: 'fleet-api:acme/production (flux-system)' }]);
    expect(plan.changes.removals).toEqual([]);

    const before = fleet.git.repository(acme).branches.get('main')?.length;
    expect(await (await bootstrapEngine(fleet)).bootstrap()).toMatchObject({ state: 'SUCCEEDED' });
    const made = fleet.kubernetes.all().filter(({ metadata }) => metadata.name !== 'kube-system');
    const planned = plan.changes.objects?.map(({ kind, name, action }) => `${action} ${kind}/${name}`).sort();
    expect(planned).toEqual(made.map(({ kind, metadata }) => `create ${kind}/${metadata.name}`).sort());
    expect(fleet.git.repository(acme).branches.get('main')).toHaveLength((before ?? 0) + 1);
    expect(fleet.git.repository(acme).deployKeys[0]?.title).toContain('fleet-api:acme/production (flux-system) ');
  });

  it('makes the same checks as a bootstrap, in the same order and with the same results', async () => {
    const { job } = await registered();
    const begun = await runningJob(createMemoryTable());

    const plan = await planBootstrap(job(), never);
    const preflight = await runPreflight(begun.job(), never);

    if (preflight.kind !== 'succeeded') throw new Error(preflight.kind);
    const made = preflight.evidence['checks'] as readonly { name: string; result: string }[];
    expect(plan.checks.map(({ name, result }) => ({ name, result }))).toEqual([
      ...made.map(({ name, result }) => ({ name, result })),
      { name: 'changes', result: 'PASS' },
    ]);
  });

  it('closes its connection', async () => {
    const { fleet, job } = await registered();

    await planBootstrap(job(), never);

    expect(fleet.kubernetes.openConnections).toBe(0);
  });

  it('refuses manifests that have changed since the version was used first', async () => {
    const { fleet, job } = await registered();
    await fleet.registry.keepDigest('flux/2.9.2', 'sha256:first');

    const plan = await planBootstrap(job(), never);

    expect(resultOf(plan, 'distribution')).toMatchObject({ result: 'FAIL', code: 'distribution-changed' });
    expect(named(plan, 'UNKNOWN')).toEqual(['removals', 'kustomization', 'changes']);
    expect(plan.changes).toMatchObject({ files: undefined, objects: undefined, removals: undefined });
    expect(plan.changes.deployKeys).toHaveLength(1);
  });
});

describe('a plan of a cluster that was bootstrapped', () => {
  it('changes nothing', async () => {
    const { fleet, job } = await bootstrapped();

    const plan = await planBootstrap(job(), never);

    expect(plan.changes).toEqual({ files: [], objects: [], deployKeys: [], removals: [] });
    expect(fleet.faults.kubernetes.calls).not.toContain('applyDryRun');
    expect(named(plan, 'WARN')).toEqual([]);
    expect(named(plan, 'PASS')).toHaveLength(everyCheck.length);
  });

  it('shows the one Deployment that somebody has changed so that it no longer runs', async () => {
    const { fleet, job } = await bootstrapped();
    const live = fleet.kubernetes.find({ kind: 'Deployment', name: 'helm-controller', namespace: 'flux-system' });
    if (!live) throw new Error('there is no helm-controller');
    const spec = field(live, 'spec') as object;
    fleet.kubernetes.set({ ...live, spec: { ...spec, replicas: 0 } });

    const { changes } = await planBootstrap(job(), never);

    const reference = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'flux-system', name: 'helm-controller' };
    expect(changes.objects).toEqual([{ ...reference, action: 'update' }]);
    expect(changes.files).toEqual([]);
  });

  it('leaves the components to Flux where it runs, and shows what differs for the sync', async () => {
    const { job } = await bootstrapped();
    const { changes } = await planBootstrap(
      job({ flux: { ...snapshot.flux, interval: '5m', logLevel: 'debug' } }),
      never,
    );

    expect(changes.objects).toEqual([{ ...fluxReferences.source, action: 'update' }]);
    expect(changes.files).toEqual([
      { path: `${folder}/gotk-components.yaml`, action: 'update' },
      { path: `${folder}/gotk-sync.yaml`, action: 'update' },
    ]);
  });

  it('says that a component which is dropped will be removed', async () => {
    const { job } = await bootstrapped();
    const flux = { ...snapshot.flux, components: ['source-controller', 'kustomize-controller'] as const };

    const plan = await planBootstrap(job({ flux }), never);

    expect(plan.changes.removals?.filter(({ kind }) => kind === 'Deployment').map(({ name }) => name)).toEqual([
      'helm-controller',
      'notification-controller',
    ]);
    expect(resultOf(plan, 'removals')).toMatchObject({ result: 'FAIL', code: 'prune-not-allowed' });
  });

  it('renews host keys in the Secret that are no longer ours', async () => {
    const { fleet, job } = await bootstrapped();
    fleet.git.knownHosts = 'git.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIX\n';

    const { changes } = await planBootstrap(job(), never);

    expect(changes.objects).toEqual([{ ...fluxReferences.secret, action: 'update' }]);
  });

  it('does not go on where another cluster stands under its name, unless it is asked to', async () => {
    const { fleet, job } = await bootstrapped();
    fleet.cluster.cluster = { ...fleet.cluster.cluster, createdAt: '2026-09-09T00:00:00.000Z' };

    expect(resultOf(await planBootstrap(job(), never), 'incarnation')).toMatchObject({ code: 'cluster-replaced' });
    expect(resultOf(await planBootstrap(job({ replace: true }), never), 'incarnation')).toMatchObject({
      result: 'WARN',
    });
  });

  it('fails with the words of the API server that would not take an object', async () => {
    const { fleet, job } = await bootstrapped();
    fleet.kubernetes.remove(fluxReferences.sync);
    fleet.faults.kubernetes.fail('applyDryRun', { when: 'before', error: rejected() });

    const plan = await planBootstrap(job(), never);

    expect(resultOf(plan, 'changes')).toMatchObject({
      result: 'FAIL',
      code: 'outside-call-refused',
      detail: expect.stringContaining('field is immutable'),
    });
    expect(plan.changes.objects?.map(({ action }) => action).sort()).toEqual(['create', 'update']);
  });
});

function rejected(): Error {
  const error = unavailable('kubernetes');
  return Object.assign(error, { failure: 'rejected', answer: 'field is immutable' });
}

describe('deploy keys of a plan', () => {
  function addKey(fleet: Fleet, { title, isReadOnly = true }: { title?: string; isReadOnly?: boolean } = {}) {
    const { publicKey } = generateKeyPair();
    const key = {
      id: `key-${fleet.git.repository(acme).deployKeys.length}`,
      title: title ?? deployKeyTitle({ customer: 'acme', cluster: 'production' }, publicKey),
      publicKey,
      isReadOnly,
    };
    fleet.git.repository(acme).deployKeys.push(key);
    return key;
  }

  it('are removed when they are ours for this cluster and not in its Secret', async () => {
    const { fleet, job } = await bootstrapped();
    const stale = addKey(fleet);
    addKey(fleet, { title: 'fleet-api:acme/staging (flux-system) 12345678' });
    addKey(fleet, { title: "somebody's" });

    const { changes } = await planBootstrap(job(), never);

    expect(changes.deployKeys).toEqual([
      { action: 'remove', title: stale.title, fingerprint: expect.stringMatching(/^SHA256:/) },
    ]);
  });

  it('are made anew where the Secret is gone, and the one that was goes', async () => {
    const { fleet, job } = await bootstrapped();
    const [old] = fleet.git.repository(acme).deployKeys;
    fleet.kubernetes.remove(fluxReferences.secret);

    const { changes } = await planBootstrap(job(), never);

    expect(changes.deployKeys).toMatchObject([{ action: 'create' }, { action: 'remove', title: old?.title }]);
    expect(changes.objects).toEqual([{ ...fluxReferences.secret, action: 'create' }]);
  });

  it('in the Secret that the Git host has lost are registered again, by their own fingerprint', async () => {
    const { fleet, job } = await bootstrapped();
    const [old] = fleet.git.repository(acme).deployKeys.splice(0);

    const { changes } = await planBootstrap(job(), never);

    expect(changes.deployKeys).toEqual([
      { action: 'create', title: old?.title, fingerprint: expect.stringMatching(/^SHA256:/) },
    ]);
  });

  describe('where the repository was changed', () => {
    const elsewhere = { owner: 'acme', name: 'platform' };
    const repository = { host: 'git.example', ...elsewhere, branch: 'main' };

    it.each([true, false])('go on reading with their pair where the host shares keys: %s', async (sharesDeployKeys) => {
      const { fleet, job } = await bootstrapped();
      fleet.git.sharesDeployKeys = sharesDeployKeys;
      const [old] = fleet.git.repository(acme).deployKeys;
      fleet.git.addRepository(elsewhere);

      const { changes } = await planBootstrap(job({ repository }), never);

      const title = sharesDeployKeys ? old?.title : 'fleet-api:acme/production (flux-system)';
      expect(changes.deployKeys).toMatchObject([
        { action: 'create', title },
        { action: 'remove', title: old?.title },
      ]);
    });

    it.each([
      ['WARN', new OutsideCallError({ system: 'git-host', failure: 'rejected', attempted: 'list', status: 404 })],
      ['UNKNOWN', unavailable('git-host')],
    ])('may be more than is known where nobody lets us look into the old one: %s', async (result, error) => {
      const { fleet, job } = await bootstrapped();
      const git = fakeGitHost();
      git.addRepository(elsewhere);
      const left = withFaults<GitHost>(fleet.git);
      left.faults.fail('listDeployKeys', { when: 'before', error });
      const gitHosts = new Map<string, GitHost>([
        ['git.example', left.port],
        ['new.example', git],
      ]);

      const plan = await planBootstrap(
        job({ repository: { ...repository, host: 'new.example' } }, { gitHosts }),
        never,
      );

      expect(resultOf(plan, 'changes')).toMatchObject({
        result,
        detail: expect.stringContaining('git.example/acme/infrastructure'),
      });
      expect(plan.changes.deployKeys).toMatchObject([{ action: 'create' }]);
    });
  });

  it('are left where the Secret holds the credentials of somebody else', async () => {
    const { fleet, job } = await bootstrapped();
    const secret = fleet.kubernetes.find(fluxReferences.secret);
    if (secret) fleet.kubernetes.set({ ...secret, data: { username: 'eA==', password: 'eA==' } });
    addKey(fleet);

    const plan = await planBootstrap(job(), never);

    expect(resultOf(plan, 'secret')).toMatchObject({ result: 'FAIL', code: 'secret-not-ours' });
    expect(plan.changes.deployKeys).toEqual([]);
  });
});

describe('removals of a plan', () => {
  it.each([
    [false, { result: 'FAIL', code: 'prune-not-allowed' }],
    [true, { result: 'WARN' }],
  ])('are listed when allowPrune is %s', async (allowPrune, expected) => {
    const { fleet, job } = await registered();
    fleet.git.commitByOther(acme, { [`${folder}/gotk-components.yaml`]: foreignManifest });

    const plan = await planBootstrap(job({ allowPrune }), never);

    expect(plan.changes.removals).toEqual([
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'precious', namespace: 'default' },
    ]);
    expect(resultOf(plan, 'removals')).toMatchObject({ ...expected, detail: expect.stringContaining('precious') });
  });

  it('name an object once that two of the old files hold', async () => {
    const { fleet, job } = await registered();
    fleet.git.commitByOther(acme, {
      [`${folder}/gotk-components.yaml`]: foreignManifest,
      [`${folder}/other.yaml`]: `# again\n${foreignManifest}`,
    });

    expect((await planBootstrap(job(), never)).changes.removals).toHaveLength(1);
  });

  it('are unknown where nobody can read what stands there', async () => {
    const { fleet, job } = await registered();
    fleet.git.commitByOther(acme, { [`${folder}/gotk-sync.yaml`]: 'a: [b' });

    const plan = await planBootstrap(job({ allowPrune: true }), never);

    expect(plan.changes.removals).toBeUndefined();
    expect(resultOf(plan, 'removals')).toMatchObject({ result: 'WARN' });
    expect(resultOf(plan, 'changes')).toMatchObject({ result: 'UNKNOWN' });
  });
});

describe('a plan without an access entry', () => {
  it('says that it will be created, and asks nothing of the API server', async () => {
    const { fleet, job } = await registered();
    fleet.cluster.entries.clear();

    const plan = await planBootstrap(job(), never);

    expect(resultOf(plan, 'access-entry')).toMatchObject({
      result: 'WARN',
      detail: expect.stringContaining('will be created'),
    });
    expect(named(plan, 'UNKNOWN')).toEqual([...insideChecks, 'changes']);
    expect(resultOf(plan, 'secret')?.detail).toContain('access-entry');
    expect(plan.changes).toMatchObject({ objects: undefined, deployKeys: undefined, removals: [] });
    expect(plan.changes.files).toHaveLength(3);
    expect(fleet.faults.kubernetes.calls).toEqual([]);
    expect([...fleet.cluster.entries]).toEqual([]);
  });

  it('fails at the API server where the customer should have made it', async () => {
    const { fleet, job } = await registered();
    fleet.cluster.entries.clear();

    const plan = await planBootstrap(job({ access: 'customer' }), never);

    expect(resultOf(plan, 'api-server')).toMatchObject({ result: 'FAIL', code: 'access-entry-missing' });
    expect(named(plan, 'UNKNOWN')).toEqual([...insideChecks.slice(1), 'changes']);
    expect(fleet.faults.eks.calls).toEqual(['describeCluster']);
  });

  it('goes on to the API server where it may not look for the entry', async () => {
    const { fleet, job } = await registered();
    fleet.eks.forbidden.add('eks:DescribeAccessEntry');

    const plan = await planBootstrap(job(), never);

    expect(named(plan, 'FAIL')).toEqual(['access-entry']);
    expect(named(plan, 'UNKNOWN')).toEqual([]);
  });

  it('shows what only an administrator can see as unknown to anyone less', async () => {
    const { fleet, job } = await registered();
    fleet.kubernetes.isClusterAdmin = false;

    const plan = await planBootstrap(job(), never);

    expect(named(plan, 'FAIL')).toEqual(['cluster-admin']);
    expect(named(plan, 'UNKNOWN')).toEqual([...insideChecks.slice(3), 'changes']);
  });
});

type Outage = readonly [
  string,
  {
    readonly spoil: (fleet: Fleet) => void;
    readonly unknown: readonly string[];
    readonly failed?: readonly string[];
    readonly lists: readonly (keyof BootstrapPlan['changes'])[];
  },
];

const gitChecks = outsideChecks.slice(3, 9);
const filesChecks = ['removals', 'kustomization'];

function down(port: 'git' | 'eks' | 'kubernetes', method: string, system: OutsideSystem) {
  return (fleet: Fleet) => {
    const faults = fleet.faults[port] as { fail(method: string, fault: object): void };
    faults.fail(method, { when: 'before', error: unavailable(system), times: 100 });
  };
}

const outages: readonly Outage[] = [
  [
    'STS',
    {
      spoil: down('eks', 'describeCluster', 'sts'),
      unknown: ['role', 'cluster', 'endpoint', 'access-entry', ...insideChecks],
      lists: ['objects', 'deployKeys'],
    },
  ],
  [
    'EKS while it looks for the entry',
    { spoil: down('eks', 'findAccessEntry', 'eks'), unknown: ['access-entry'], lists: [] },
  ],
  [
    'the Git host',
    {
      spoil: down('git', 'inspectRepository', 'git-host'),
      unknown: [...gitChecks, ...filesChecks],
      lists: ['files', 'deployKeys', 'removals'],
    },
  ],
  [
    'the Git host while it lists files',
    { spoil: down('git', 'listFolder', 'git-host'), unknown: filesChecks, lists: ['files', 'removals'] },
  ],
  [
    'the Git host while it lists keys',
    { spoil: down('git', 'listDeployKeys', 'git-host'), unknown: [], lists: ['deployKeys'] },
  ],
  [
    'the API server',
    {
      spoil: down('kubernetes', 'isAllowed', 'kubernetes'),
      unknown: insideChecks.slice(1),
      failed: ['api-server'],
      lists: ['objects', 'deployKeys'],
    },
  ],
  [
    'the API server while it is read',
    {
      spoil: down('kubernetes', 'get', 'kubernetes'),
      unknown: insideChecks.slice(3),
      lists: ['objects', 'deployKeys'],
    },
  ],
  [
    'the API server while objects are compared',
    { spoil: down('kubernetes', 'list', 'kubernetes'), unknown: [], lists: ['objects'] },
  ],
];

describe('an outage', () => {
  it.each(outages)('of %s hides only what must be asked there', async (_, { spoil, unknown, failed = [], lists }) => {
    const { fleet, job } = await registered();
    spoil(fleet);

    const plan = await planBootstrap(job(), never);

    expect(namesOf(plan)).toEqual(everyCheck);
    expect(named(plan, 'UNKNOWN')).toEqual(lists.length > 0 ? inOrder([...unknown, 'changes']) : unknown);
    expect(named(plan, 'FAIL')).toEqual(failed);
    expect(Object.entries(plan.changes).flatMap(([name, list]) => (list ? [] : [name]))).toEqual(lists);
    expect(plan.checks.map(({ detail }) => detail).join(' ')).toContain('come back later');
    expect(fleet.kubernetes.openConnections).toBe(0);
  });

  it('of the store of distributions hides the files and the objects', async () => {
    const { job } = await registered();
    const distributions = { load: () => Promise.reject(unavailable('flux-releases')) };

    const plan = await planBootstrap(job({}, { distributions }), never);

    expect(named(plan, 'UNKNOWN')).toEqual(['distribution', ...filesChecks, 'changes']);
    expect(plan.changes.deployKeys).toHaveLength(1);
  });

  it('of the Git host leaves unknown whether the key in the Secret can only read', async () => {
    const { fleet, job } = await bootstrapped();
    down('git', 'listDeployKeys', 'git-host')(fleet);

    const plan = await planBootstrap(job(), never);

    expect(named(plan, 'UNKNOWN')).toEqual(['secret', 'changes']);
    expect(plan.changes).toMatchObject({ objects: [], deployKeys: undefined });
  });

  it('of our own table is told to the log, and its words to nobody else', async () => {
    const { fleet, job } = await registered();
    const error = Object.assign(unavailable('dynamodb'), { answer: 'table fleet-secret-name' });
    fleet.faults.registry.fail('getRuntime', { when: 'before', error, times: 2 });

    const plan = await planBootstrap(job(), never);

    expect(resultOf(plan, 'incarnation')).toMatchObject({ result: 'UNKNOWN' });
    expect(JSON.stringify(plan)).not.toContain('fleet-secret-name');
    expect(fleet.logged).toContainEqual({ operationId: 'plan-1', error });
  });

  it('is no excuse for what nobody expects: that is thrown', async () => {
    const { fleet, job } = await registered();
    fleet.faults.git.fail('inspectRepository', { when: 'before', error: new TypeError('a bug') });

    await expect(planBootstrap(job(), never)).rejects.toThrow('a bug');
  });
});

function inOrder(names: readonly string[]): readonly string[] {
  return everyCheck.filter((name) => names.includes(name));
}

describe('a system that hangs', () => {
  const hang = () => new Promise<void>(() => undefined);

  it.each([
    {
      part: 'role',
      port: 'eks',
      method: 'describeCluster',
      unknown: ['role', 'cluster', 'endpoint', 'access-entry', ...insideChecks, 'changes'],
    },
    { part: 'entry', port: 'eks', method: 'findAccessEntry', unknown: ['access-entry'] },
    {
      part: 'repository',
      port: 'git',
      method: 'inspectRepository',
      unknown: [...gitChecks, ...filesChecks, 'changes'],
    },
    { part: 'files', port: 'git', method: 'listFolder', unknown: [...filesChecks, 'changes'] },
    { part: 'deployKeys', port: 'git', method: 'listDeployKeys', unknown: ['changes'] },
    { part: 'facts', port: 'kubernetes', method: 'get', unknown: [...insideChecks.slice(3), 'changes'] },
    { part: 'objects', port: 'kubernetes', method: 'list', unknown: ['changes'] },
  ] as const)('in the part $part hides no other', async ({ part, port, method, unknown }) => {
    const { fleet, job } = await registered();
    const faults = fleet.faults[port] as { onCall(method: string, hook: () => Promise<void>): void };
    faults.onCall(method, hang);

    const plan = await planBootstrap(job(), never, { ...planLimits, [part]: 30 });

    expect(named(plan, 'UNKNOWN')).toEqual(unknown);
    expect(plan.checks.map(({ detail }) => detail).join(' ')).toContain('timeout');
    expect(fleet.kubernetes.openConnections).toBe(0);
  });

  it('in the part distribution hides no other', async () => {
    const { job } = await registered();
    const distributions = { load: () => new Promise<never>(() => undefined) };

    const plan = await planBootstrap(job({}, { distributions }), never, { ...planLimits, distribution: 30 });

    expect(named(plan, 'UNKNOWN')).toEqual(['distribution', ...filesChecks, 'changes']);
  });

  it('is left as soon as the caller goes', async () => {
    const { fleet, job } = await registered();
    const caller = new AbortController();
    fleet.faults.kubernetes.onCall('isAllowed', async () => {
      caller.abort();
      await hang();
    });

    const plan = await planBootstrap(job(), caller.signal);

    expect(namesOf(plan)).toEqual(everyCheck);
    expect(resultOf(plan, 'api-server')).toMatchObject({ result: 'FAIL', code: 'api-server-unreachable' });
    expect(fleet.kubernetes.openConnections).toBe(0);
  });

  it('cannot make all parts together last longer than the caller of the API waits', () => {
    const { role, entry, server, facts, objects, repository, deployKeys, distribution, files } = planLimits;

    expect(role + entry + server + facts + objects).toBeLessThanOrEqual(20_000);
    expect(Math.max(repository, distribution) + files).toBeLessThanOrEqual(20_000);
    // These two are waited for on the long way; they end before it gets there.
    expect(repository + deployKeys).toBeLessThanOrEqual(role + entry + server);
    expect(distribution).toBeLessThanOrEqual(role + entry + server + facts);
  });
});

describe('a plan writes nothing', () => {
  const reading = {
    registry: ['getRuntime', 'findDigest'],
    git: ['inspectRepository', 'listFolder', 'readBlob', 'listDeployKeys'],
    eks: ['describeCluster', 'findAccessEntry'],
    kubernetes: ['isAllowed', 'version', 'get', 'list', 'applyDryRun', 'close'],
  } as const;

  async function expectOnlyReading({ fleet, table, job }: Given, changes: Partial<BootstrapSnapshot> = {}) {
    for (const { calls } of Object.values(fleet.faults)) calls.length = 0;
    fleet.kubernetes.writes.length = 0;
    const outside = () => ({
      objects: fleet.kubernetes.all(),
      deployKeys: [...fleet.git.repository(acme).deployKeys],
      commits: fleet.git.repository(acme).branches.get('main')?.length,
      entries: [...fleet.cluster.entries],
      privateKeys: fleet.privateKeys.length,
    });
    const [items, before] = [table.allItems(), outside()];

    const plan = await planBootstrap(job(changes), never);

    for (const [port, methods] of Object.entries(reading)) {
      const { calls } = fleet.faults[port as keyof typeof reading];
      expect(new Set<string>(methods)).toEqual(new Set<string>([...methods, ...calls]));
    }
    expect([...fleet.faults.operations.calls, ...fleet.faults.engine.calls, ...fleet.kubernetes.writes]).toEqual([]);
    expect(outside()).toEqual(before);
    expect(table.allItems()).toEqual(items);
    return plan;
  }

  it('for a fresh cluster, not even the digest of a version that nobody has used', async () => {
    await expectOnlyReading(await registered());
  });

  it('for a fresh cluster without our access entry', async () => {
    const given = await registered();
    given.fleet.cluster.entries.clear();

    await expectOnlyReading(given);
  });

  it('for a cluster that needs everything again', async () => {
    const given = await bootstrapped();
    given.fleet.kubernetes.remove(fluxReferences.secret);
    given.fleet.git.commitByOther(acme, { [`${folder}/gotk-components.yaml`]: foreignManifest });
    const flux = { ...snapshot.flux, logLevel: 'debug' } as const;

    const plan = await expectOnlyReading(given, { flux, allowPrune: true });

    expect(plan.changes.objects?.some(({ action }) => action === 'update')).toBe(true);
    expect(given.fleet.faults.kubernetes.calls).toContain('applyDryRun');
  });

  it('while an operation runs, and leaves its claim alone', async () => {
    const given = await registered();
    await beginJob(given.fleet);

    await expectOnlyReading(given);
  });
});

it('a plan has at most eight requests to the API server under way', async () => {
  const { fleet, job } = await bootstrapped();
  fleet.kubernetes.remove(fluxReferences.sync);
  let [now, most] = [0, 0];
  fleet.kubernetes.around = (cluster) => ({
    ...cluster,
    applyDryRun: counted(cluster.applyDryRun),
    get: counted(cluster.get),
  });
  function counted<A extends unknown[], R>(method: (...parameters: A) => Promise<R>) {
    return async (...parameters: A): Promise<R> => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => void setImmediate(resolve));
      now -= 1;
      return method(...parameters);
    };
  }

  const { changes } = await planBootstrap(job(), never);

  expect(changes.objects).toHaveLength(1);
  expect(most).toBeLessThanOrEqual(8);
  expect(most).toBeGreaterThan(6);
});
