import * as z from 'zod';
import { pageQuery } from '../http/paging.schema.ts';
import { pathParameters } from '../http/path-parameters.ts';
import { operationKinds, operationStates } from './operation.ts';

const filters = {
  state: z.enum(operationStates).optional().meta({ description: 'Only in this state.' }),
  kind: z.enum(operationKinds).optional().meta({ description: 'Only of this kind.' }),
};
const idOf = ({ pattern, rule }: { readonly pattern: RegExp; readonly rule: string }) =>
  z.string().regex(pattern, rule).optional();
const subjects = {
  cluster: idOf(pathParameters.cluster).meta({ description: 'Only on this cluster.' }),
  grant: idOf(pathParameters.grant).meta({ description: 'Only on this grant.' }),
};

export const operationListQuery = z.strictObject({ ...filters, ...subjects, ...pageQuery });
export const fleetOperationListQuery = z.strictObject({ ...filters, ...pageQuery });
