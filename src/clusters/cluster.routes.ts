import * as z from 'zod';
import { extraFluxComponents, fluxComponents } from '../flux-bootstrap/flux-options.ts';
import { readBody } from '../http/request-body.ts';
import { preconditionOf } from '../http/request-headers.ts';
import { answerResource } from '../http/resource-answer.ts';
import type { ResourceBody } from '../http/resource-answer.ts';
import type { Api, ApiDependencies } from '../http/route-context.ts';
import { accountIdSchema, slugParameter } from '../http/slug.ts';
import { effectiveCluster } from './cluster.ts';
import type { ClusterRecord, ClusterRuntime, ClusterSpec, FluxSpec } from './cluster.ts';
import { getCluster, putCluster } from './cluster.service.ts';

const version = z
  .string()
  .regex(
    /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]{1,32})?$/,
    'must be a version without a leading v, such as 2.9.2',
  );

/** Each cluster asks the Git host so often, and all of them share its limits. */
const shortestIntervalSeconds = 10;

/** A Go duration as the Flux API takes it (`^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`), in the units that make sense for a sync. */
const duration = z
  .string()
  .max(20)
  .regex(/^([0-9]{1,5}[smh])+$/, { error: 'must be a duration such as 1m0s', abort: true })
  .refine((text) => secondsOf(text) >= shortestIntervalSeconds, `must be ${shortestIntervalSeconds}s or more`);

function secondsOf(text: string): number {
  const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
  const parts = [...text.matchAll(/(\d+)([smh])/g)];
  return parts.reduce((sum, [, count, unit = 's']) => sum + Number(count) * (units[unit] ?? 1), 0);
}

const dnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, 'must be a lower-case DNS name');

const registry = z
  .string()
  .max(255)
  .regex(
    /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/,
    'must be a registry host with an optional path',
  );

const tolerationKey = z
  .string()
  .max(317)
  .regex(
    /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
    'must be the key of a taint',
  );

const unique = (values: readonly string[]) => new Set(values).size === values.length;

/** Flux cannot sync without these two. */
const requiredComponents = ['source-controller', 'kustomize-controller'] as const;

export const fluxSchema: z.ZodType<FluxSpec> = z.strictObject({
  version,
  components: z
    .array(z.enum(fluxComponents))
    .refine(unique, 'must not name a component twice')
    .refine(
      (components) => requiredComponents.every((name) => components.includes(name)),
      `must have ${requiredComponents.join(' and ')}`,
    )
    .optional(),
  extraComponents: z.array(z.enum(extraFluxComponents)).refine(unique, 'must not name a component twice').optional(),
  registry: registry.optional(),
  imagePullSecret: dnsName.optional(),
  networkPolicy: z.boolean().optional(),
  logLevel: z.enum(['debug', 'info', 'error']).optional(),
  clusterDomain: dnsName.optional(),
  tolerationKeys: z.array(tolerationKey).max(20).refine(unique, 'must not name a key twice').optional(),
  watchAllNamespaces: z.boolean().optional(),
  interval: duration.optional(),
  compute: z.enum(['nodes', 'fargate']).optional(),
});

const label = z
  .string()
  .regex(/^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/, 'must be a Kubernetes label value');

export const clusterSchema: z.ZodType<ClusterSpec> = z.strictObject({
  accountId: accountIdSchema,
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/, 'must be an AWS region, such as eu-west-1'),
  eksName: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, 'must be the name of an EKS cluster'),
  environment: label.min(1).optional(),
  labels: z
    .record(z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/, 'must be a label key'), label)
    .refine((labels) => Object.keys(labels).length <= 50, 'may have 50 labels at most')
    .optional(),
  access: z.enum(['managed', 'customer']).optional(),
  flux: fluxSchema,
});

export function addClusterRoutes(api: Api, deps: ApiDependencies): void {
  api.get('/v1/customers/:customer/clusters/:cluster', async (c) => {
    const customer = slugParameter(c.req.param('customer'), 'customer');
    const { record, runtime } = await getCluster(deps, {
      customer,
      id: slugParameter(c.req.param('cluster'), 'cluster'),
    });
    return answerResource(c, clusterBody(record, runtime));
  });

  api.put('/v1/customers/:customer/clusters/:cluster', async (c) => {
    const customer = slugParameter(c.req.param('customer'), 'customer');
    const id = slugParameter(c.req.param('cluster'), 'cluster');
    const spec = await readBody(c, clusterSchema);
    const { record, isNew } = await putCluster(deps, { customer, id, spec, precondition: preconditionOf(c) });
    const { runtime } = await getCluster(deps, { customer, id });
    return answerResource(c, clusterBody(record, runtime), isNew);
  });
}

function clusterBody(record: ClusterRecord, runtime: ClusterRuntime | undefined): ResourceBody {
  const { id, spec, createdAt, updatedAt } = record;
  const status = {
    effective: effectiveCluster(spec),
    ...(runtime?.claimedBy === undefined ? {} : { operation: runtime.claimedBy }),
    ...(runtime?.result === undefined ? {} : { bootstrap: runtime.result }),
  };
  return { id, spec, status, createdAt, updatedAt };
}
