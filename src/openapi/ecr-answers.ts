import * as z from 'zod';
import { ecrGrantStates } from '../ecr-access/ecr-grant-state.ts';
import { ecrGrantSchema } from '../ecr-access/ecr-grant.schema.ts';
import { failureCodes } from '../operations/operation-failures.ts';
import { check } from './flux-answers.ts';
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

const policy = z.record(text, z.unknown()).meta({ description: 'A policy of AWS as JSON.' });

const grantFields = { id: text, spec: ecrGrantSpec, createdAt: time, updatedAt: time };
export const ecrGrant = z
  .strictObject({
    ...grantFields,
    status: z.strictObject({
      state: z.enum(ecrGrantStates).meta({
        description:
          '`APPLYING` an operation works on it, or has not begun yet; `APPLIED` its right is where it was to be; `FAILED` it is ' +
          'not, and each repository says why; `WITHDRAWING` a DELETE was accepted and is not finished (repeat it if its ' +
          'operation failed); `EXPIRED` it gives no right any more.',
      }),
      operation: text.optional().meta({ description: 'Id of the operation that works on it now.' }),
      lastOperation: lastOperation.optional(),
      repositories: z.array(grantResult).meta({ description: 'The first 200, in the order of their names.' }),
      hasMoreRepositories: z.boolean().meta({ description: '`GET …/repositories` lists all of them.' }),
      unseen: z
        .strictObject({ since: time, code: z.enum(failureCodes), detail: text })
        .optional()
        .meta({
          description:
            'Since when the looks at the registry, every five minutes, have failed, and why: until one succeeds nobody knows ' +
            'whether the right stands as it should, and no right is put back or withdrawn there. Absent: it was seen.',
        }),
      identityPolicy: z.strictObject({ attachTo: text, document: policy }).meta({
        description: 'What the other side needs in its own policies, ready to attach, and whom to attach it to.',
      }),
    }),
  })
  .meta({ id: 'EcrGrant' });
export const listedEcrGrant = z.strictObject(grantFields).meta({ id: 'ListedEcrGrant' });

const plannedPolicy = z
  .strictObject({
    repository: text,
    action: z.enum(['none', 'write', 'delete', 'missing', 'refused']).meta({
      description:
        '`missing`: there is no such repository; `refused`: the grant would not come through there, and `code` says why.',
    }),
    before: policy
      .nullable()
      .meta({ description: 'The policy as ECR shows it now; `null`: none, or it cannot be read.' }),
    after: policy.nullable(),
    bytesUsed: z.int().min(0).meta({ description: 'Of the policy afterwards.' }),
    limit: z.int().meta({ description: 'Of ECR, in bytes.' }),
    code: z.enum(failureCodes).optional(),
    detail: text.optional(),
  })
  .meta({ id: 'PlannedPolicy' });

export const ecrGrantPlan = z
  .strictObject({
    checks: z.array(check),
    changes: z.strictObject({
      repositories: z
        .array(plannedPolicy)
        .optional()
        .meta({ description: 'Absent: not known, and the checks say why.' }),
      hasMore: z.boolean().meta({
        description:
          'The operation would look at more repositories: a plan looks at 100, and no longer than 22 seconds.',
      }),
    }),
    warnings: z.array(
      z.strictObject({
        repository: text.optional().meta({ description: 'Absent: of the grant as a whole.' }),
        code: z.enum(['already-given', 'foreign-deny', 'orphaned-principal', 'unknown-account', 'other-region']).meta({
          description:
            '`already-given` a statement that is not ours gives the right, and will stay; `foreign-deny` one denies it; ' +
            '`orphaned-principal` one names a user or role that was deleted; `unknown-account` the account is none of ' +
            "the customer's here; `other-region` Lambda takes images from its own region only.",
        }),
        detail: text,
      }),
    ),
  })
  .meta({ id: 'EcrGrantPlan' });

export const ecrPolicyVersion = z
  .strictObject({
    id: text,
    at: time.meta({ description: 'When it was replaced.' }),
    operation: text.meta({ description: 'Id of the operation that replaced it.' }),
    policy: policy.nullable().meta({ description: '`null`: the repository had none.' }),
  })
  .meta({ id: 'EcrPolicyVersion' });
