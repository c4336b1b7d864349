import * as z from 'zod';
import { extraFluxComponents, fluxComponents } from '../flux-bootstrap/flux-options.ts';
import { accountIdPattern, accountIdRule } from '../http/path-parameters.ts';
import type { ClusterSpec, FluxSpec } from './cluster.ts';

const version = z
  .string()
  .regex(
    /^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})(-[0-9A-Za-z.-]{1,32})?$/,
    'must be a version without a leading v, such as 2.9.2',
  );

/**
 * A Go duration, units from large to small, of ten seconds at the least: each cluster asks the Git host so often, and
 * all of them share its limits.
 */
const duration = z
  .string()
  .regex(
    /^(?:[1-9][0-9]{0,3}h(?:[0-9]{1,4}m)?(?:[0-9]{1,4}s)?|[1-9][0-9]{0,4}m(?:[0-9]{1,4}s)?|[1-9][0-9]{1,4}s)$/,
    'must be a duration such as 1m0s, of 10s or more',
  );

const dnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, 'must be a lower-case DNS name');

const registry = z
  .string()
  .max(255)
  .regex(
    /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/,
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

const components = z
  .array(z.enum(fluxComponents))
  .refine(unique, 'must not name a component twice')
  .refine(
    (names) => requiredComponents.every((name) => names.includes(name)),
    `must have ${requiredComponents.join(' and ')}`,
  )
  .meta({
    description: 'Controllers to install; without these two nothing can be synced.',
    override: { uniqueItems: true, allOf: requiredComponents.map((name) => ({ contains: { enum: [name] } })) },
    examples: [[...fluxComponents]],
  });

export const fluxSchema: z.ZodType<FluxSpec> = z.strictObject({
  version: version.meta({ description: 'Version of Flux, without a leading `v`.', examples: ['2.9.2'] }),
  components: components.optional(),
  extraComponents: z
    .array(z.enum(extraFluxComponents))
    .refine(unique, 'must not name a component twice')
    .optional()
    .meta({
      description: 'Controllers beyond the four of Flux itself.',
      override: { uniqueItems: true },
      examples: [[]],
    }),
  registry: registry
    .optional()
    .meta({ description: 'Where the images are pulled from.', examples: ['ghcr.io/fluxcd'] }),
  imagePullSecret: dnsName
    .optional()
    .meta({ description: 'Name of an image pull secret in `flux-system`.', examples: ['regcred'] }),
  networkPolicy: z.boolean().optional().meta({ description: "Install Flux's network policies (default)." }),
  logLevel: z.enum(['debug', 'info', 'error']).optional().meta({ description: 'Of the controllers; default `info`.' }),
  clusterDomain: dnsName.optional().meta({ description: "The cluster's DNS domain.", examples: ['cluster.local'] }),
  tolerationKeys: z
    .array(tolerationKey)
    .max(20)
    .refine(unique, 'must not name a key twice')
    .optional()
    .meta({
      description: 'Keys of taints that the controllers tolerate.',
      override: { uniqueItems: true },
      examples: [['node.example/dedicated']],
    }),
  watchAllNamespaces: z.boolean().optional().meta({ description: 'Watch all namespaces (default), or only its own.' }),
  interval: duration.optional().meta({
    description: 'How often the repository is looked at, as a Go duration of ten seconds or more; default `1m0s`.',
    examples: ['1m0s'],
  }),
  compute: z.enum(['nodes', 'fargate']).optional().meta({
    description: 'What the controllers run on; with `fargate` their requests equal their limits. Default `nodes`.',
  }),
});

const labelValue = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;
const labelKey = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const mostLabels = 50;

export const clusterSchema: z.ZodType<ClusterSpec> = z.strictObject({
  accountId: z
    .string()
    .regex(accountIdPattern, accountIdRule)
    .meta({ description: 'A registered account of the customer. Never changes.', examples: ['111122223333'] }),
  region: z
    .string()
    .regex(/^[a-z]{2}(?:-[a-z]{1,12}){1,3}-[0-9]{1,2}$/, 'must be an AWS region, such as eu-west-1')
    .meta({ description: 'AWS region. Never changes.', examples: ['eu-west-1'] }),
  eksName: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, 'must be the name of an EKS cluster')
    .meta({ description: 'Name of the cluster in EKS. Never changes.', examples: ['production'] }),
  environment: z
    .string()
    .regex(labelKey, 'must be a Kubernetes label value')
    .optional()
    .meta({ description: 'To filter by.', examples: ['production'] }),
  labels: z
    .record(z.string().regex(labelKey, 'must be a label key'), z.string().regex(labelValue, 'must be a label value'))
    .refine((labels) => Object.keys(labels).length <= mostLabels, `may have ${mostLabels} labels at most`)
    .optional()
    .meta({ description: 'To filter by.', override: { maxProperties: mostLabels }, examples: [{ tier: 'gold' }] }),
  access: z.enum(['managed', 'customer']).optional().meta({
    description: 'Who makes the EKS access entry of our role: we (`managed`, the default) or the customer.',
  }),
  flux: fluxSchema.meta({ description: 'The options of `flux install`, and two of ours: `interval` and `compute`.' }),
});
