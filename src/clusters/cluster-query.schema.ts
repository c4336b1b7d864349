import * as z from 'zod';
import { accountIdPattern, accountIdRule } from '../http/path-parameters.ts';
import { documentedAs } from '../http/documented-as.ts';
import { pageQuery } from '../http/paging.schema.ts';
import { clusterStates } from './cluster.ts';

const text = (description: string, example: string) =>
  z
    .string()
    .min(1)
    .max(253)
    .optional()
    .meta({ description, examples: [example] });

const labelPattern =
  /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?=(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;
const label = z.string().regex(labelPattern, 'must look like key=value');

/** Filters of the lists of clusters, and their pages. */
export const clusterListQuery = z.strictObject({
  environment: text('Only of this environment.', 'production'),
  region: text('Only in this AWS region.', 'eu-west-1'),
  accountId: z
    .string()
    .regex(accountIdPattern, accountIdRule)
    .optional()
    .meta({ description: 'Only in this AWS account.' }),
  eksName: text('Only with this name in EKS.', 'production'),
  status: z.enum(clusterStates).optional().meta({ description: 'Only in this `status.state`.' }),
  fluxVersion: text('Only with this version declared in `flux.version`.', '2.9.2'),
  label: z
    .union([label, z.array(label).max(20)])
    .optional()
    .meta({
      description: 'Only with this label, as `key=value`. Given several times, all of them must fit.',
      override: documentedAs({ type: 'array', maxItems: 20, items: { type: 'string', pattern: labelPattern.source } }),
      examples: [['tier=gold']],
    }),
  ...pageQuery,
});

export const deleteClusterQuery = z.strictObject({
  abandon: z
    .enum(['true', 'false'])
    .optional()
    .meta({
      description: 'Forget it although something stays.',
      override: documentedAs({ type: 'boolean', default: false }),
    }),
});
