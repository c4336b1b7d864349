import type { Context, Hono } from 'hono';

import type { AccessEntry, AwsWorld, Caller, Cluster } from '../aws-world.ts';
import { clusterArn, refusalOf, replaceAccessEntries } from '../aws-world.ts';
import { withFaults } from '../faults.ts';
import { onTrail, signerOf } from '../signed-call.ts';
import { createSimulatorApp } from '../simulator-app.ts';
import { accessEntryArn, checkKnowsAccessEntries, findEntry, makeEntry, withPolicy } from './access-entries.ts';
import { formatAccessEntry, formatAssociation, formatCluster } from './eks-answers.ts';
import { AwsError } from '../aws-error.ts';
import { invalidParameter, notFound } from './eks-error.ts';

/** One authorised call on one cluster. */
interface EksCall {
  readonly cluster: Cluster;
  readonly principalArn: string;
  readonly body: unknown;
  readonly query: Readonly<Record<string, string>>;
}

interface Operation {
  readonly action: string;
  /** What IAM decides on (service authorization reference, "Amazon Elastic Kubernetes Service"). */
  readonly resource: 'cluster' | 'access-entry';
  /** Reads access entries; EKS may not know yet what was just changed (hashicorp/terraform-provider-aws#35728). */
  readonly mayBeStale?: true;
  readonly perform: (world: AwsWorld, call: EksCall) => object | Promise<object>;
}

/** EKS's REST API as far as the product uses it, on all accounts and regions of the world. */
export function createEksSimulator(world: AwsWorld): Hono {
  const app = createSimulatorApp();
  // The SDK corrects a wrong clock by it.
  app.use(async (c, next) => {
    await next();
    c.header('date', world.now().toUTCString());
  });
  const entries = '/clusters/:name/access-entries';
  const serve = (operation: Operation) => (c: Context) => handle(world, operation, c);
  app.get('/clusters/:name', serve(operations.describeCluster));
  app.post(entries, serve(operations.createAccessEntry));
  app.get(entries, serve(operations.listAccessEntries));
  app.get(`${entries}/:principalArn`, serve(operations.describeAccessEntry));
  app.delete(`${entries}/:principalArn`, serve(operations.deleteAccessEntry));
  app.post(`${entries}/:principalArn/access-policies`, serve(operations.associateAccessPolicy));
  app.get(`${entries}/:principalArn/access-policies`, serve(operations.listAssociatedAccessPolicies));
  return app;
}

const operations = {
  describeCluster: {
    action: 'eks:DescribeCluster',
    resource: 'cluster',
    perform: (_world, { cluster }) => ({ cluster: formatCluster(cluster) }),
  },
  createAccessEntry: {
    action: 'eks:CreateAccessEntry',
    resource: 'cluster',
    async perform(world, { cluster, body }) {
      const entry = makeEntry(world, cluster, body);
      await store(world, cluster, entry);
      return { accessEntry: formatAccessEntry(cluster, entry) };
    },
  },
  listAccessEntries: {
    action: 'eks:ListAccessEntries',
    resource: 'cluster',
    mayBeStale: true,
    perform: (_world, { cluster, query }) => listEntries(cluster, query),
  },
  describeAccessEntry: {
    action: 'eks:DescribeAccessEntry',
    resource: 'access-entry',
    mayBeStale: true,
    perform: (_world, { cluster, principalArn }) => ({
      accessEntry: formatAccessEntry(cluster, findEntry(cluster, principalArn)),
    }),
  },
  deleteAccessEntry: {
    action: 'eks:DeleteAccessEntry',
    resource: 'access-entry',
    async perform(world, { cluster, principalArn }) {
      findEntry(cluster, principalArn);
      const accessEntries = new Map(cluster.accessEntries);
      accessEntries.delete(principalArn);
      await replaceAccessEntries(world, cluster, accessEntries);
      return {};
    },
  },
  associateAccessPolicy: {
    action: 'eks:AssociateAccessPolicy',
    resource: 'access-entry',
    async perform(world, { cluster, principalArn, body }) {
      const entry = withPolicy(findEntry(cluster, principalArn), body, world.now());
      await store(world, cluster, entry);
      const [association] = entry.policies.slice(-1).map(formatAssociation);
      return { clusterName: cluster.name, principalArn, associatedAccessPolicy: association };
    },
  },
  listAssociatedAccessPolicies: {
    action: 'eks:ListAssociatedAccessPolicies',
    resource: 'access-entry',
    mayBeStale: true,
    perform: (_world, { cluster, principalArn }) => ({
      clusterName: cluster.name,
      principalArn,
      associatedAccessPolicies: findEntry(cluster, principalArn).policies.map(formatAssociation),
    }),
  },
} as const satisfies Record<string, Operation>;

async function handle(world: AwsWorld, operation: Operation, c: Context): Promise<Response> {
  try {
    const answer = await withFaults(world, operation.action, {
      perform: (isStale) => authorisedAnswer(world, { operation, isStale }, c),
      refuse({ status, code, message }) {
        throw new AwsError(status, code, message);
      },
    });
    return c.json(answer);
  } catch (error) {
    if (error instanceof AwsError) {
      return Response.json(
        { message: error.message },
        { status: error.status, headers: { 'x-amzn-errortype': error.code } },
      );
    }
    throw error;
  }
}

async function authorisedAnswer(
  world: AwsWorld,
  { operation, isStale }: { readonly operation: Operation; readonly isStale: boolean },
  c: Context,
): Promise<object> {
  const { method, headers, url } = c.req.raw;
  const text = await c.req.text();
  const request = { method, headers, url: new URL(url), body: text };
  const { caller, region } = signerOf(world, request, { service: 'eks', refusedStatus: 403 });
  const address = { accountId: caller.accountId, region, name: c.req.param('name') ?? '' };
  const principalArn = c.req.param('principalArn') ?? '';
  const resource = resourceOf(world, operation, { address, principalArn });
  return onTrail<object>(world, { action: operation.action, resource, caller: caller.arn }, () => {
    authorise(caller, operation.action, resource);
    const present = findCluster(world, clusterArn(address), operation);
    const cluster = isStale && operation.mayBeStale ? beforeLastChange(present) : present;
    return operation.perform(world, { cluster, principalArn, body: readJson(text), query: c.req.query() });
  });
}

/** A caller sees the clusters of its own account alone. */
function findCluster(world: AwsWorld, arn: string, operation: Operation): Cluster {
  const cluster = world.clusters.get(arn);
  if (!cluster) {
    throw notFound(`No cluster found for name: ${arn.split('/').at(-1)}.`);
  }
  if (operation.action !== 'eks:DescribeCluster') {
    checkKnowsAccessEntries(cluster);
  }
  return cluster;
}

function beforeLastChange(cluster: Cluster): Cluster {
  return { ...cluster, accessEntries: cluster.previousAccessEntries ?? cluster.accessEntries };
}

function resourceOf(
  world: AwsWorld,
  operation: Operation,
  named: {
    readonly address: { readonly accountId: string; readonly region: string; readonly name: string };
    readonly principalArn: string;
  },
): string {
  const arn = clusterArn(named.address);
  if (operation.resource === 'cluster') {
    return arn;
  }
  const entry = world.clusters.get(arn)?.accessEntries.get(named.principalArn);
  return entry?.accessEntryArn ?? accessEntryArn({ arn, name: named.address.name }, named.principalArn, '*');
}

function authorise(caller: Caller, action: string, resource: string): void {
  const refusal = refusalOf(caller, { action, resource });
  if (refusal !== undefined) {
    throw new AwsError(403, 'AccessDeniedException', refusal);
  }
}

/** Pages of up to 100; the token is the place to go on. */
function listEntries(cluster: Cluster, query: Readonly<Record<string, string>>): object {
  const wanted = query.associatedPolicyArn;
  const principals = [...cluster.accessEntries.values()]
    .filter(({ policies }) => wanted === undefined || policies.some(({ policyArn }) => policyArn === wanted))
    .map(({ principalArn }) => principalArn);
  const start = Number(query.nextToken ?? 0);
  const end = start + Number(query.maxResults ?? 100);
  return { accessEntries: principals.slice(start, end), ...(end < principals.length && { nextToken: String(end) }) };
}

async function store(world: AwsWorld, cluster: Cluster, entry: AccessEntry): Promise<void> {
  await replaceAccessEntries(world, cluster, new Map(cluster.accessEntries).set(entry.principalArn, entry));
}

function readJson(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw invalidParameter('The body is not JSON.');
  }
}
