import * as z from 'zod';
import { ecrGrantStates } from '../ecr-access/ecr-grant-state.ts';
import { ecrGrantSchema } from '../ecr-access/ecr-grant.schema.ts';
import { failureCodes } from '../operations/operation-failures.ts';
import { lastOperation } from './operation-answers.ts';
import { text, time } from './plain-values.ts';

export const ecrGrantSpec = ecrGrantSchema.meta({ id: 'EcrGrantSpec' });

export const grantResult = z
  .strictObject({
    repository: text,
    state: z.enum(['APPLIED', 'MISSING', 'REFUSED', 'DRIFTED', 'PENDING']).meta({
      description:
        '`APPLIED` its policy has the right; `MISSING` there is no such repository (now); `REFUSED` `code` says why; ' +
        '`DRIFTED` somebody took it out, and it is being put right; `PENDING` it is on its way there, or on its way out.',
    }),
    code: z.enum(failureCodes).optional(),
    detail: text.optional(),
    at: time.optional().meta({ description: 'Since when it is so.' }),
  })
  .meta({ id: 'EcrGrantResult' });

const grantFields = { id: text, spec: ecrGrantSpec, createdAt: time, updatedAt: time };
export const ecrGrant = z
  .strictObject({
    ...grantFields,
    status: z.strictObject({
      state: z.enum(ecrGrantStates).meta({
        description:
          '`APPLYING` an operation works on it, or has not begun yet; `APPLIED` the last one succeeded; `FAILED` it did ' +
          'not, and each repository says why; `WITHDRAWING` a DELETE was accepted and is not finished (repeat it if its ' +
          'operation failed); `EXPIRED` it gives no right any more.',
      }),
      operation: text.optional().meta({ description: 'Id of the operation that works on it now.' }),
      lastOperation: lastOperation.optional(),
      repositories: z.array(grantResult).meta({ description: 'The first 200, in the order of their names.' }),
      hasMoreRepositories: z.boolean().meta({ description: '`GET …/repositories` lists all of them.' }),
    }),
  })
  .meta({ id: 'EcrGrant' });
export const listedEcrGrant = z.strictObject(grantFields).meta({ id: 'ListedEcrGrant' });
