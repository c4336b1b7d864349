import * as z from 'zod';
import { accountSchema } from '../accounts/account.schema.ts';
import { clusterSchema } from '../clusters/cluster.schema.ts';
import { clusterStates } from '../clusters/cluster.ts';
import { customerSchema } from '../customers/customer.schema.ts';
import { deliveries } from '../customers/customer.ts';
import { eventTypes } from '../events/event.ts';
import { bootstrapSchema } from '../flux-bootstrap/bootstrap.schema.ts';
import { fluxComponents, extraFluxComponents } from '../flux-bootstrap/flux-options.ts';
import { leavings } from '../operations/leavings.ts';
import { ecrGrant, ecrGrantPlan, ecrGrantSpec, ecrPolicyVersion, grantResult, listedEcrGrant } from './ecr-answers.ts';
import { ecrAccess, verifiedEcrGrant } from './ecr-access-answers.ts';
import { deployKeys, fluxStatus, plan } from './flux-answers.ts';
import { lastOperation, operation } from './operation-answers.ts';
import { text, time } from './plain-values.ts';

const resource = { createdAt: time, updatedAt: time };

/** Bodies of requests, by their names in the contract. */
export const requestBodies = {
  CustomerSpec: customerSchema.meta({ id: 'CustomerSpec' }),
  AccountSpec: accountSchema.meta({ id: 'AccountSpec' }),
  ClusterSpec: clusterSchema.meta({ id: 'ClusterSpec' }),
  BootstrapRequest: bootstrapSchema.meta({ id: 'BootstrapRequest' }),
  EcrGrantSpec: ecrGrantSpec,
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
        description:
          'What the trust policy of the role must require. Made by us, one for all accounts of the customer, and the same ' +
          'as long as the customer is registered; one that is deleted and created again gets another.',
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
    repositoryName: text.meta({
      description: 'Host, owner and name, by which a repository is taken in the whole fleet.',
    }),
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
      '`REGISTERED` no bootstrap has succeeded yet; `BOOTSTRAPPING` an operation has the cluster; `BOOTSTRAPPED` Flux was set ' +
      'up; `FAILED` the last operation failed (an earlier result may stand); `DELETING` a DELETE was cut short: repeat ' +
      'it, or PUT the cluster to keep it.',
  }),
  operation: text.optional().meta({ description: 'Id of the operation that has the cluster for itself now.' }),
  lastOperation: lastOperation.optional(),
  bootstrap: clusterResult.optional(),
  leavings: z.array(z.enum(leavings)).meta({
    description:
      'What operations so far may have left in EKS, at the Git host, in the cluster and in the repository. It is not looked ' +
      'for: what was removed by hand stays in the list.',
  }),
});

const clusterFields = { id: text, spec: requestBodies.ClusterSpec, status: clusterStatus, ...resource };
const cluster = z.strictObject(clusterFields).meta({ id: 'Cluster' });
const fleetCluster = z.strictObject({ customer: text, ...clusterFields }).meta({ id: 'FleetCluster' });

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
  EcrGrant: ecrGrant,
  EcrGrantPage: pageOf(listedEcrGrant, 'EcrGrantPage'),
  EcrGrantResultPage: pageOf(grantResult, 'EcrGrantResultPage'),
  EcrGrantPlan: ecrGrantPlan,
  EcrPolicyVersionPage: pageOf(ecrPolicyVersion, 'EcrPolicyVersionPage'),
  VerifiedEcrGrant: verifiedEcrGrant,
  EcrAccess: ecrAccess,
  Operation: operation,
  OperationPage: pageOf(operation, 'OperationPage'),
  EventPage: pageOf(event, 'EventPage'),
  Plan: plan,
  FluxStatus: fluxStatus,
  DeployKeys: deployKeys,
};
