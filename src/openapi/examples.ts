import { ecrAccessExamples } from './ecr-access-examples.ts';

/** Whole examples of every request and answer: one customer, one account, one cluster, one bootstrap. */

const times = { createdAt: '2027-01-01T00:00:00.000Z', updatedAt: '2027-01-01T00:00:00.000Z' };
const operationId = 'op-01jd6z5k8q3v9x7m2n4p6r8t0w';
const accountId = '111122223333';
const commit = '9d1f2c7be0a34f5d8c6b7a90e1f2d3c4b5a69788';
const revision = `main@sha1:${commit}`;
const keyFingerprint = 'SHA256:1Z8gYx0QJwq2cV0m3F4kTt7yN6bW5xR9sD8eA1uH2pL';
const repositoryUrl = 'ssh://git@git.example/acme/infrastructure.git';
const caller = 'arn:aws:sts::999988887777:assumed-role/fleet-operator/onboarding';
const title = 'fleet-api:acme/production (flux-system) 1Z8gYx0Q';

const customerSpec = {
  displayName: 'Acme',
  repository: { host: 'git.example', owner: 'acme', name: 'infrastructure', branch: 'main' },
  delivery: 'auto',
};
const accountSpec = { alias: 'production' };
const clusterSpec = {
  ...{ accountId, region: 'eu-west-1', eksName: 'production', environment: 'production', labels: { tier: 'gold' } },
  access: 'managed',
  flux: { version: '2.9.2', interval: '1m0s', compute: 'nodes' },
};
const bootstrapRequest = { allowPrune: false, replace: false };

const customer = { id: 'acme', spec: customerSpec, status: { effective: customerSpec }, ...times };
const account = {
  id: accountId,
  spec: accountSpec,
  status: {
    externalId: '01JD6Z5K8Q3V9X7M2N4P6R8T0V',
    roleArn: `arn:aws:iam::${accountId}:role/fleet-api`,
    trustedPrincipalArn: 'arn:aws:iam::999988887777:role/fleet-api',
  },
  ...times,
};
const incarnation = { createdAt: '2026-11-01T08:00:00.000Z', kubeSystemUid: '0b5c9d64-7f0e-4c58-9a1d-2f3e4d5c6b7a' };
const bootstrapped = {
  ...{ operationId, at: '2027-01-01T00:01:12.000Z', fluxVersion: '2.9.2', revision, keyFingerprint },
  ...{ repositoryName: 'repository/git.example/acme/infrastructure', repositoryUrl, incarnation },
};
const leavings = ['access-entry', 'deploy-key', 'flux', 'repository-files'];
const components = ['source-controller', 'kustomize-controller', 'helm-controller', 'notification-controller'];
const cluster = {
  id: 'production',
  spec: clusterSpec,
  status: {
    effective: {
      ...clusterSpec,
      flux: {
        ...{ version: '2.9.2', components, extraComponents: [], registry: 'ghcr.io/fluxcd', networkPolicy: true },
        ...{ logLevel: 'info', clusterDomain: 'cluster.local', tolerationKeys: [], watchAllNamespaces: true },
        ...{ interval: '1m0s', compute: 'nodes' },
      },
    },
    state: 'BOOTSTRAPPED',
    lastOperation: {
      ...{ id: operationId, kind: 'bootstrap-cluster', state: 'SUCCEEDED', endedAt: '2027-01-01T00:01:13.000Z' },
    },
    bootstrap: bootstrapped,
    leavings,
  },
  ...times,
};

const step = (name: string, evidence: Readonly<Record<string, unknown>>) => ({
  ...{ name, state: 'SUCCEEDED', attempt: 1, startedAt: '2027-01-01T00:00:01.000Z' },
  ...{ endedAt: '2027-01-01T00:00:03.000Z', evidence },
});
const operation = {
  ...{ id: operationId, kind: 'bootstrap-cluster', customer: 'acme', cluster: 'production', state: 'SUCCEEDED' },
  ...{ createdAt: '2027-01-01T00:00:00.000Z', startedAt: '2027-01-01T00:00:01.000Z' },
  ...{ endedAt: '2027-01-01T00:01:13.000Z', heartbeatAt: '2027-01-01T00:01:12.000Z' },
  deadlineAt: '2027-01-01T00:30:00.000Z',
  steps: [
    step('preflight', {
      checks: [{ name: 'role', result: 'PASS', detail: 'Assumed arn:aws:iam::111122223333:role/fleet-api.' }],
    }),
    step('commit-manifests', {
      commit,
      files: [
        'flux/clusters/production/flux-system/gotk-components.yaml',
        'flux/clusters/production/flux-system/gotk-sync.yaml',
      ],
    }),
    step('apply-namespace-and-crds', { objects: 14 }),
    step('apply-components', { objects: 38 }),
    step('provision-deploy-key', { fingerprint: keyFingerprint, title, isReadOnly: true }),
    step('apply-sync', { url: repositoryUrl, branch: 'main', path: './flux/clusters/production' }),
    step('await-reconciled', { revision, deployments: components, conditions: 'Ready=True' }),
    step('record', {
      ...{ fluxVersion: '2.9.2', revision, keyFingerprint, incarnation, removedDeployKeys: [] },
      unreachedRepositories: ['git.example/acme/old-infrastructure'],
    }),
  ],
};

const ecrPullActions = [
  ...['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  ...['ecr:DescribeImages', 'ecr:ListImages'],
];
const ecrGrantSpec = {
  registry: { accountId: '333344445555', region: 'eu-west-1' },
  repositories: { names: ['team/api', 'team/web'] },
  principal: { type: 'account', accountId: '222233334444' },
  access: 'pull',
  reason: 'staging deploys',
  expiresAt: '2027-06-30T00:00:00Z',
};
const ecrGrantResults = ['team/api', 'team/web'].map((repository) => ({
  ...{ repository, state: 'APPLIED', at: '2027-01-01T00:00:02.000Z' },
}));
const ecrGrant = {
  id: 'staging-pull',
  spec: ecrGrantSpec,
  status: {
    state: 'APPLIED',
    lastOperation: {
      ...{ id: 'op-01jd6z5k8q3v9x7m2n4p6r8t0x', kind: 'apply-ecr-grant', state: 'SUCCEEDED' },
      endedAt: '2027-01-01T00:00:03.000Z',
    },
    repositories: ecrGrantResults,
    hasMoreRepositories: false,
    identityPolicy: {
      attachTo: 'The users and roles of account 222233334444 that are to have access.',
      document: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
          {
            ...{ Effect: 'Allow', Action: ecrPullActions },
            Resource: ['team/api', 'team/web'].map((name) => `arn:aws:ecr:eu-west-1:333344445555:repository/${name}`),
          },
        ],
      },
    },
  },
  ...times,
};

const ecrPull = {
  Sid: 'FleetApiPull',
  Effect: 'Allow',
  Principal: { AWS: ['arn:aws:iam::222233334444:root'] },
  Action: ecrPullActions,
};
const ecrBefore = {
  Version: '2012-10-17',
  Statement: [
    { Sid: 'ci', Effect: 'Allow', Principal: { AWS: '777788889999' }, Action: ['ecr:BatchGetImage', 'ecr:PutImage'] },
  ],
};

const ready = { isReady: true, isSuspended: false, revision };
const live = {
  ...{ isInstalled: true, version: 'v2.9.2', source: ready, sync: ready },
  controllers: components.map((name) => ({ name, image: `ghcr.io/fluxcd/${name}:v1.9.3`, isAvailable: true })),
};

/** Under the names of `requestBodies`. */
export const requestExamples: Readonly<Record<string, object>> = {
  CustomerSpec: customerSpec,
  AccountSpec: accountSpec,
  ClusterSpec: clusterSpec,
  BootstrapRequest: bootstrapRequest,
  EcrGrantSpec: ecrGrantSpec,
};

/** Under the names of `answerBodies`. */
export const answerExamples: Readonly<Record<string, object>> = {
  Customer: customer,
  CustomerPage: { items: [customer], nextPageToken: 'WyI0YjA5Y2Y2ZjQ4N2UxYzU4IiwiYWNtZSJd' },
  Account: account,
  AccountPage: { items: [account] },
  Cluster: cluster,
  ClusterPage: { items: [cluster] },
  FleetClusterPage: { items: [{ customer: 'acme', ...cluster }] },
  Abandoned: { id: 'production', abandoned: { leavings, bootstrap: bootstrapped } },
  EcrGrant: ecrGrant,
  EcrGrantPage: { items: [{ id: ecrGrant.id, spec: ecrGrantSpec, ...times }] },
  ...ecrAccessExamples,
  EcrGrantResultPage: { items: ecrGrantResults },
  EcrGrantPlan: {
    checks: [
      { name: 'role', result: 'PASS', detail: 'Assumed arn:aws:iam::333344445555:role/fleet-api.' },
      { name: 'registry', result: 'PASS', detail: 'It is 333344445555 in eu-west-1.' },
      {
        name: 'principal',
        result: 'UNKNOWN',
        detail: 'Not checked: whether ECR knows arn:aws:iam::222233334444:root shows when a policy is written.',
      },
      {
        name: 'repositories',
        result: 'WARN',
        detail: 'There is no repository team/web: the grant gives no right there.',
      },
      { name: 'policies', result: 'PASS', detail: '1 would be written, 0 deleted, 0 stay as they are.' },
    ],
    changes: {
      repositories: [
        {
          ...{ repository: 'team/api', action: 'write', before: ecrBefore },
          after: { ...ecrBefore, Statement: [...ecrBefore.Statement, ecrPull] },
          ...{ bytesUsed: 415, limit: 10_240 },
        },
        { repository: 'team/web', action: 'missing', before: null, after: null, bytesUsed: 0, limit: 10_240 },
      ],
      hasMore: false,
    },
    warnings: [
      {
        code: 'unknown-account',
        detail: "Account 222233334444 is not one of the customer's accounts here. Check its id.",
      },
    ],
  },
  EcrPolicyVersionPage: {
    items: [
      {
        id: '20270101T000002.000Z_01jd6z5k8q3v9x7m2n4p6r8t0y',
        at: '2027-01-01T00:00:02.000Z',
        operation: 'op-01jd6z5k8q3v9x7m2n4p6r8t0x',
        policy: ecrBefore,
      },
    ],
  },
  Operation: operation,
  OperationPage: { items: [operation] },
  EventPage: {
    items: [
      {
        id: '2027-01-01T00:00:00.000Z_01jd6z5k8q3v9x7m2n4p6r8t0w',
        at: '2027-01-01T00:00:00.000Z',
        customer: 'acme',
        type: 'account.updated',
        resource: `/v1/customers/acme/accounts/${accountId}`,
        caller,
        requestId: '5f1c2e7a-3b4d-4c5e-8f6a-7b8c9d0e1f2a',
        before: { alias: 'prod' },
        after: accountSpec,
      },
    ],
  },
  Plan: {
    checks: [
      { name: 'role', result: 'PASS', detail: `Assumed arn:aws:iam::${accountId}:role/fleet-api.` },
      {
        name: 'branch-rules',
        result: 'FAIL',
        detail: 'A rule of the branch main refuses direct commits: pushes are not enabled',
        remedy: 'Let our user or App push to the branch in that rule.',
        code: 'branch-protected',
      },
    ],
    changes: {
      files: [{ path: 'flux/clusters/production/flux-system/gotk-components.yaml', action: 'create' }],
      objects: [{ apiVersion: 'v1', kind: 'Namespace', name: 'flux-system', action: 'create' }],
      deployKeys: [{ action: 'create', title: 'fleet-api:acme/production (flux-system) ' }],
      removals: [],
    },
  },
  FluxStatus: {
    reachability: { isReachable: true },
    observedAt: '2027-01-02T00:00:00.000Z',
    lastKnown: {
      bootstrap: {
        ...{ at: '2027-01-01T00:01:12.000Z', fluxVersion: '2.9.2', revision, keyFingerprint, operationId },
        path: './flux/clusters/production',
      },
      observation: { at: '2027-01-01T12:00:00.000Z', live },
    },
    live,
  },
  DeployKeys: {
    reachability: { isReachable: true },
    recordedFingerprint: keyFingerprint,
    items: [
      {
        fingerprint: keyFingerprint,
        title,
        publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPYQ4cZ0mR2m5n8q1v7x3b6d9f2h4j8k0l5p7s1u3w6y',
        isReadOnly: true,
        isRecorded: true,
      },
    ],
  },
};
