import { Hono } from 'hono';
import type { Context } from 'hono';
import * as z from 'zod';

import type { AccessEntry, AwsWorld, Cluster, Role } from './aws-world.ts';
import { allowEverything, clusterArn, makeAwsId, replaceAccessEntries } from './aws-world.ts';
import { makeEntry, withPolicy } from './eks/access-entries.ts';
import { ecrRoutes } from './ecr/ecr-control.ts';
import { AwsError } from './aws-error.ts';
import { faultBody } from './faults.ts';
import { policyDocument } from './iam-policy.ts';

/**
 * `/_world`: what stands in the world, set and read over plain HTTP without credentials, for tests in other processes.
 * README.md beside this file lists the routes.
 */

const principalBody = z.strictObject({
  secretAccessKey: z.string().min(1),
  arn: z.string().startsWith('arn:'),
  policy: policyDocument.default(allowEverything),
});

const roleBody = z.strictObject({
  /** With slashes on both ends, as IAM has it. */
  path: z.string().startsWith('/').endsWith('/').default('/'),
  trustPolicy: policyDocument,
  policy: policyDocument.default(allowEverything),
  attachedPolicies: z.array(z.string().startsWith('arn:')).default([]),
  permissionsBoundary: z.string().startsWith('arn:').optional(),
  maxSessionSeconds: z.int().min(3600).max(43_200).default(3600),
});

const clusterBody = z.strictObject({
  status: z.enum(['ACTIVE', 'CREATING', 'UPDATING', 'DELETING', 'FAILED', 'PENDING']).default('ACTIVE'),
  version: z.string().regex(/^\d+\.\d+$/),
  endpoint: z.string().nullable().default(null),
  /** PEM in base64. */
  certificateAuthority: z.string().nullable().default(null),
  createdAt: z.iso.datetime().optional(),
  endpointPublicAccess: z.boolean().default(true),
  endpointPrivateAccess: z.boolean().default(false),
  authenticationMode: z.enum(['API', 'API_AND_CONFIG_MAP', 'CONFIG_MAP']).default('API'),
});

/** Bodies of CreateAccessEntry, each with the policies to associate. */
const entriesBody = z.array(z.looseObject({ principalArn: z.string(), policies: z.array(z.unknown()).default([]) }));

const faultsBody = z.array(faultBody.extend({ action: z.string().regex(/^(sts|iam|eks|ecr):/) }));

export function createAwsControl(world: AwsWorld): Hono {
  const app = new Hono();
  app.onError((error, c) => {
    const isCallersFault = error instanceof z.ZodError || error instanceof AwsError || error instanceof SyntaxError;
    return c.json({ message: error.message }, isCallersFault ? 400 : 500);
  });
  app.use(async (c, next) => {
    await next();
    if (c.req.method !== 'GET') world.onChange();
  });
  principalRoutes(app, world);
  roleRoutes(app, world);
  clusterRoutes(app, world);
  ecrRoutes(app, world);
  app.put('/_world/faults', async (c) => {
    world.faults = faultsBody.parse(await c.req.json());
    return c.body(null, 204);
  });
  app.get('/_world/trail', (c) => c.json(world.trail));
  return app;
}

function principalRoutes(app: Hono, world: AwsWorld): void {
  app.put('/_world/principals/:accessKeyId', async (c) => {
    const { accessKeyId } = c.req.param();
    world.principals.set(accessKeyId, { ...principalBody.parse(await c.req.json()), accessKeyId });
    return c.body(null, 204);
  });
}

function roleRoutes(app: Hono, world: AwsWorld): void {
  app.put('/_world/policies', async (c) => {
    const { arn, policy } = z.strictObject({ arn: z.string(), policy: policyDocument }).parse(await c.req.json());
    world.managedPolicies.set(arn, policy);
    return c.body(null, 204);
  });
  app.put('/_world/roles/:accountId/:name', async (c) => {
    const { path, ...body } = roleBody.parse(await c.req.json());
    const arn = `arn:aws:iam::${c.req.param('accountId')}:role${path}${c.req.param('name')}`;
    const { roleId, createdAt } = world.roles.get(arn) ?? { roleId: makeAwsId('AROA'), createdAt: world.now() };
    const role: Role = { ...body, arn, roleId, createdAt };
    world.roles.set(arn, role);
    return c.json({ arn, roleId: role.roleId });
  });
  app.delete('/_world/roles/:accountId/:name', (c) => {
    const { accountId, name } = c.req.param();
    for (const arn of [...world.roles.keys()]) {
      if (arn.startsWith(`arn:aws:iam::${accountId}:role/`) && arn.endsWith(`/${name}`)) {
        world.roles.delete(arn);
      }
    }
    return c.body(null, 204);
  });
}

function clusterRoutes(app: Hono, world: AwsWorld): void {
  const route = '/_world/clusters/:accountId/:region/:name';
  app.put(route, async (c) => c.json(view(put(world, addressOf(c), await c.req.json()))));
  app.patch(route, async (c) => {
    const change = z.looseObject({}).parse(await c.req.json());
    const cluster = find(world, c);
    return c.json(view(put(world, cluster, { ...bodyOf(cluster), ...change })));
  });
  app.get(route, (c) => c.json(view(find(world, c))));
  app.delete(route, (c) => {
    world.clusters.delete(clusterArn(addressOf(c)));
    return c.body(null, 204);
  });
  app.put(`${route}/access-entries`, async (c) => {
    const bodies = entriesBody.parse(await c.req.json());
    const accessEntries = new Map<string, AccessEntry>();
    const previous = find(world, c);
    const cluster = { ...previous, accessEntries };
    for (const { policies, ...body } of bodies) {
      const made = makeEntry(world, cluster, body);
      const entry = policies.reduce<AccessEntry>((one, policy) => withPolicy(one, policy, world.now()), made);
      accessEntries.set(entry.principalArn, entry);
    }
    return c.json(view(await replaceAccessEntries(world, previous, accessEntries)));
  });
}

/** What hangs on the cluster stays: its access entries and, unless the body says otherwise, its time of creation. */
function put(world: AwsWorld, address: Pick<Cluster, 'accountId' | 'region' | 'name'>, body: unknown): Cluster {
  const { endpoint, certificateAuthority, createdAt, ...settings } = clusterBody.parse(body);
  const { accountId, region, name } = address;
  const arn = clusterArn(address);
  const previous = world.clusters.get(arn);
  const cluster: Cluster = {
    ...{ arn, accountId, region, name, ...settings },
    endpoint: endpoint ?? undefined,
    certificateAuthority: certificateAuthority ?? undefined,
    createdAt: createdAt === undefined ? (previous?.createdAt ?? world.now()) : new Date(createdAt),
    accessEntries: previous?.accessEntries ?? new Map(),
    previousAccessEntries: previous?.previousAccessEntries,
  };
  world.clusters.set(arn, cluster);
  return cluster;
}

/** The body that would make the cluster what it is. */
function bodyOf(cluster: Cluster): z.input<typeof clusterBody> {
  const { status, version, endpoint, certificateAuthority, createdAt } = cluster;
  const { endpointPublicAccess, endpointPrivateAccess, authenticationMode } = cluster;
  return {
    ...{ status, version, createdAt: createdAt.toISOString() },
    ...{ endpointPublicAccess, endpointPrivateAccess, authenticationMode },
    endpoint: endpoint ?? null,
    certificateAuthority: certificateAuthority ?? null,
  };
}

function view(cluster: Cluster): object {
  return { ...cluster, accessEntries: [...cluster.accessEntries.values()], previousAccessEntries: undefined };
}

function find(world: AwsWorld, c: Context): Cluster {
  const cluster = world.clusters.get(clusterArn(addressOf(c)));
  if (!cluster) {
    throw new AwsError(400, 'ResourceNotFoundException', 'there is no such cluster in the world');
  }
  return cluster;
}

function addressOf(c: Context): Pick<Cluster, 'accountId' | 'region' | 'name'> {
  const [accountId, region, name] = [c.req.param('accountId'), c.req.param('region'), c.req.param('name')];
  return { accountId: accountId ?? '', region: region ?? '', name: name ?? '' };
}
