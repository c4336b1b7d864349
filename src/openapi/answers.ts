import * as z from 'zod';
import { accountSchema } from '../accounts/account.schema.ts';
import { clusterSchema } from '../clusters/cluster.schema.ts';
import { clusterStates } from '../clusters/cluster.ts';
import { customerSchema } from '../customers/customer.schema.ts';
import { deliveries } from '../customers/customer.ts';
import { eventTypes } from '../events/event.ts';
import { bootstrapSchema } from '../flux-bootstrap/bootstrap.schema.ts';
import { documentedAs } from '../http/documented-as.ts';
import { fluxComponents, extraFluxComponents } from '../flux-bootstrap/flux-options.ts';
import { leavings } from '../operations/leavings.ts';
import { failureCodes } from '../operations/operation-failures.ts';
import { bootstrapSteps, operationKinds, operationStates } from '../operations/operation.ts';

const time = z.iso
  .datetime()
  .meta({ override: documentedAs({ type: 'string', format: 'date-time' }), examples: ['2027-01-01T00:00:00.000Z'] });
const text = z.string();
const resource = { createdAt: time, updatedAt: time };

/** Bodies of requests, by their names in the contract. */
export const requestBodies = {
  CustomerSpec: customerSchema.meta({ id: 'CustomerSpec' }),
  AccountSpec: accountSchema.meta({ id: 'AccountSpec' }),
  ClusterSpec: clusterSchema.meta({ id: 'ClusterSpec' }),
  BootstrapRequest: bootstrapSchema.meta({ id: 'BootstrapRequest' }),
} as const satisfies Readonly<Record<string, z.ZodType>>;

function pageOf(item: z.ZodType, id: string): z.ZodType {
  const nextPageToken = text.optional().meta({ description: 'Absent on the last page. Opaque.' });
  return z.strictObject({ items: z.array(item), nextPageToken }).meta({ id });
}

const customer = z
  .strictObject({
    id: text,
    spec: requestBodies.CustomerSpec,
    status: z.strictObject({
      effective: z
        .strictObject({ displayName: text, repository: z.record(text, text), delivery: z.enum(deliveries) })
        .meta({ description: 'The spec with its defaults filled in.' }),
    }),
    ...resource,
  })
  .meta({ id: 'Customer' });

const account = z
  .strictObject({
    id: text,
    spec: requestBodies.AccountSpec,
    status: z.strictObject({
      externalId: text.meta({
        description: 'What the trust policy of the role must require. Made by us, never changed.',
      }),
      roleArn: text.meta({ description: 'The role that the customer creates for us.' }),
      trustedPrincipalArn: text.meta({ description: 'The principal that the role must trust.' }),
      verifiedAt: time
        .optional()
        .meta({ description: 'When the role was last seen to refuse a call without the ExternalId.' }),
    }),
    ...resource,
  })
  .meta({ id: 'Account' });

const clusterResult = z
  .strictObject({
    operationId: text,
    at: time,
    fluxVersion: text,
    revision: text.meta({ description: 'As Flux reports it.', examples: ['main@sha1:9d1f…'] }),
    keyFingerprint: text.meta({ description: 'Of the deploy key, as `ssh-keygen -l` prints it.' }),
    repositoryName: text,
    repositoryUrl: text,
    incarnation: z.strictObject({ createdAt: time, kubeSystemUid: text }),
  })
  .meta({ id: 'ClusterResult', description: 'What the last successful bootstrap left in the cluster.' });

const effectiveFlux = z.strictObject({
  version: text,
  components: z.array(z.enum(fluxComponents)),
  extraComponents: z.array(z.enum(extraFluxComponents)),
  registry: text,
  imagePullSecret: text.optional(),
  networkPolicy: z.boolean(),
  logLevel: text,
  clusterDomain: text,
  tolerationKeys: z.array(text),
  watchAllNamespaces: z.boolean(),
  interval: text,
  compute: text,
});

const clusterStatus = z.strictObject({
  effective: z
    .strictObject({
      ...{ accountId: text, region: text, eksName: text, environment: text.optional() },
      ...{ labels: z.record(text, text), access: text, flux: effectiveFlux },
    })
    .meta({ description: 'The spec with its defaults filled in.' }),
  state: z.enum(clusterStates).meta({
    description:
      '`REGISTERED` nothing was set up yet; `BOOTSTRAPPING` an operation has the cluster; `BOOTSTRAPPED` Flux was set ' +
      'up; `FAILED` the last operation failed (an earlier result may stand); `DELETING` a DELETE was cut short: repeat ' +
      'it, or PUT the cluster to keep it.',
  }),
  operation: text.optional().meta({ description: 'Id of the operation that has the cluster for itself now.' }),
  lastOperation: z
    .strictObject({ id: text, kind: z.enum(operationKinds), state: z.enum(operationStates), endedAt: time })
    .optional(),
  bootstrap: clusterResult.optional(),
  leavings: z.array(z.enum(leavings)).meta({ description: 'What operations so far may have left outside.' }),
});

const clusterFields = { id: text, spec: requestBodies.ClusterSpec, status: clusterStatus, ...resource };
const cluster = z.strictObject(clusterFields).meta({ id: 'Cluster' });
const fleetCluster = z.strictObject({ customer: text, ...clusterFields }).meta({ id: 'FleetCluster' });

const step = z
  .strictObject({
    name: z.enum(bootstrapSteps),
    state: z.enum(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'SKIPPED']),
    attempt: z.int().min(0).meta({ description: 'How often it was begun.' }),
    startedAt: time.optional(),
    endedAt: time.optional(),
    evidence: z.record(text, z.unknown()).optional().meta({ description: 'What proves the step. Never a secret.' }),
    lastProblem: z
      .strictObject({ code: text, detail: text, at: time })
      .optional()
      .meta({ description: 'What the last attempt that did not succeed met with.' }),
  })
  .meta({ id: 'OperationStep' });

const operation = z
  .strictObject({
    id: text,
    kind: z.enum(operationKinds),
    customer: text,
    cluster: text,
    state: z.enum(operationStates),
    createdAt: time,
    startedAt: time.optional(),
    endedAt: time.optional(),
    heartbeatAt: time.optional(),
    deadlineAt: time.meta({ description: 'After this moment no step begins.' }),
    steps: z.array(step),
    failure: z
      .strictObject({
        step: text,
        code: z.enum(failureCodes),
        detail: text,
        retryable: z
          .boolean()
          .meta({ description: 'The same call may succeed later without anybody changing anything.' }),
        remedies: z.array(text),
      })
      .optional(),
  })
  .meta({ id: 'Operation', description: 'A terminal state is never left; to retry is to call again.' });

const event = z
  .strictObject({
    id: text,
    at: time,
    customer: text,
    type: z.enum(eventTypes),
    resource: text.meta({ description: 'Path of what was changed.' }),
    caller: text.meta({ description: 'ARN of the caller; `fleet-api` where the product acted by itself.' }),
    requestId: text.optional(),
    before: z.unknown().optional().meta({ description: 'The spec or state before; absent of what was created.' }),
    after: z.unknown().optional().meta({ description: 'The spec or state after; absent of what was deleted.' }),
  })
  .meta({ id: 'Event' });

const check = z
  .strictObject({
    name: text.meta({ examples: ['cluster-admin'] }),
    result: z.enum(['PASS', 'WARN', 'FAIL', 'UNKNOWN']),
    detail: text,
    remedy: text.optional(),
    code: z.enum(failureCodes).optional().meta({ description: 'What the bootstrap would fail with.' }),
  })
  .meta({ id: 'Check' });

const objectReference = { apiVersion: text, kind: text, namespace: text.optional(), name: text };
const action = z.enum(['create', 'update']);

const plan = z
  .strictObject({
    checks: z.array(check),
    changes: z
      .strictObject({
        files: z.array(z.strictObject({ path: text, action })).optional(),
        objects: z.array(z.strictObject({ ...objectReference, action })).optional(),
        deployKeys: z
          .array(z.strictObject({ action: z.enum(['create', 'remove']), title: text, fingerprint: text.optional() }))
          .optional(),
        removals: z.array(z.strictObject(objectReference)).optional(),
      })
      .meta({ description: 'An empty list: nothing would change. No list: it is not known, and the checks say why.' }),
  })
  .meta({ id: 'Plan' });

const objectStatus = z.strictObject({
  isReady: z.boolean(),
  isSuspended: z.boolean(),
  reason: text.optional(),
  message: text.optional(),
  revision: text.optional(),
});

const liveFlux = z
  .strictObject({
    isInstalled: z.boolean(),
    version: text.optional(),
    source: objectStatus.optional(),
    sync: objectStatus.optional(),
    controllers: z.array(z.strictObject({ name: text, image: text.optional(), isAvailable: z.boolean() })),
  })
  .meta({ id: 'LiveFlux' });

const fluxStatus = z
  .strictObject({
    reachability: z.strictObject({
      isReachable: z.boolean(),
      code: text.optional().meta({ description: 'Why not.' }),
      detail: text.optional(),
      since: time.optional().meta({ description: 'Since when it has not answered, as far as anybody looked.' }),
    }),
    observedAt: time,
    lastKnown: z
      .strictObject({
        bootstrap: z
          .strictObject({
            ...{ at: time, fluxVersion: text, revision: text },
            ...{ keyFingerprint: text, operationId: text, path: text },
          })
          .optional(),
        observation: z.strictObject({ at: time, live: liveFlux }).optional(),
      })
      .optional(),
    live: liveFlux.optional(),
  })
  .meta({ id: 'FluxStatus' });

const deployKeys = z
  .strictObject({
    reachability: z.strictObject({
      isReachable: z.boolean(),
      code: text.optional().meta({ description: 'Why the Git host did not tell.' }),
      detail: text.optional(),
    }),
    recordedFingerprint: text
      .optional()
      .meta({ description: 'Of the key that the last successful bootstrap left the cluster with.' }),
    items: z
      .array(
        z.strictObject({
          fingerprint: text,
          title: text,
          publicKey: text,
          isReadOnly: z.boolean(),
          isRecorded: z.boolean().meta({ description: 'It is the recorded one.' }),
        }),
      )
      .optional()
      .meta({ description: 'Absent: it is not known which there are.' }),
  })
  .meta({ id: 'DeployKeys' });

const abandoned = z
  .strictObject({
    id: text,
    abandoned: z.strictObject({ leavings: z.array(z.enum(leavings)), bootstrap: clusterResult.optional() }),
  })
  .meta({ id: 'Abandoned' });

/** Bodies of answers, by their names in the contract. */
export const answerBodies: Readonly<Record<string, z.ZodType>> = {
  Customer: customer,
  CustomerPage: pageOf(customer, 'CustomerPage'),
  Account: account,
  AccountPage: pageOf(account, 'AccountPage'),
  Cluster: cluster,
  ClusterPage: pageOf(cluster, 'ClusterPage'),
  FleetClusterPage: pageOf(fleetCluster, 'FleetClusterPage'),
  Abandoned: abandoned,
  Operation: operation,
  OperationPage: pageOf(operation, 'OperationPage'),
  EventPage: pageOf(event, 'EventPage'),
  Plan: plan,
  FluxStatus: fluxStatus,
  DeployKeys: deployKeys,
};
