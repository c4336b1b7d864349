import * as z from 'zod';
import { pageQuery } from '../http/paging.schema.ts';
import { pathParameters } from '../http/path-parameters.ts';
import { operationKinds, operationStates } from './operation.ts';

const filters = {
  state: z.enum(operationStates).optional().meta({ description: 'Only in this state.' }),
  kind: z.enum(operationKinds).optional().meta({ description: 'Only of this kind.' }),
};
const { pattern, rule } = pathParameters.cluster;
const cluster = z.string().regex(pattern, rule).optional().meta({ description: 'Only on this cluster.' });

export const operationListQuery = z.strictObject({ ...filters, cluster, ...pageQuery });
export const fleetOperationListQuery = z.strictObject({ ...filters, ...pageQuery });
