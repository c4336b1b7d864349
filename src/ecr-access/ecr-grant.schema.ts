import * as z from 'zod';
import { accountIdPattern, accountIdRule, regionPattern, regionRule } from '../http/path-parameters.ts';
import { shortText } from '../http/short-text.schema.ts';
import type { EcrGrantSpec } from './ecr-grant.ts';

const accountId = z
  .string()
  .regex(accountIdPattern, accountIdRule)
  .meta({ examples: ['222233334444'] });
const region = z
  .string()
  .regex(regionPattern, regionRule)
  .meta({ examples: ['eu-west-1'] });

/** ECR API reference, CreateRepository, `repositoryName`. */
const repositoryNamePattern = /^[a-z0-9]+(?:[._-][a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-][a-z0-9]+)*)*$/;
export const repositoryName = z
  .string()
  .min(2)
  .max(256)
  .regex(repositoryNamePattern, 'must be the name of an ECR repository, such as team/api')
  .meta({ examples: ['team/api'] });

/** With its path, without the slash in front (IAM API reference, CreateRole). */
const roleName = z
  .string()
  .regex(
    /^(?:[\w+=,.@-]{1,128}\/){0,8}[\w+=,.@-]{1,64}$/,
    'must be the name of an IAM role, with its path if it has one: ci/deployer',
  )
  .meta({ examples: ['ci/deployer'] });

const organizationId = z
  .string()
  .regex(/^o-[a-z0-9]{10,32}$/, 'must be the id of an AWS organization, such as o-a1b2c3d4e5')
  .meta({ examples: ['o-a1b2c3d4e5'] });

/** Said in words how many: who makes up requests from the contract would make up a list that is one too long, for hours. */
function asDistinct({ jsonSchema }: { readonly jsonSchema: object }): void {
  Reflect.deleteProperty(jsonSchema, 'maxItems');
  Object.assign(jsonSchema, { uniqueItems: true });
}

const unique = (values: readonly string[]) => new Set(values).size === values.length;
const mostNames = 500;

const repositories = z
  .union(
    [
      z.strictObject({
        names: z
          .array(repositoryName)
          .min(1)
          .max(mostNames)
          .refine(unique, 'must not name a repository twice')
          .meta({ description: `At most ${mostNames}.`, override: asDistinct }),
      }),
      z.strictObject({ all: z.literal(true) }),
    ],
    { error: `must be {"names": […]}, with 1 to ${mostNames} names, or {"all": true}` },
  )
  .meta({ description: 'By name, or `{"all": true}`: also those that are made later.' });

const principal = z
  .discriminatedUnion(
    'type',
    [
      z.strictObject({ type: z.literal('account'), accountId }),
      z.strictObject({ type: z.literal('role'), accountId, roleName }),
      z.strictObject({ type: z.literal('organization'), organizationId }),
      z.strictObject({ type: z.literal('lambda'), accountId, region }),
    ],
    {
      error: ({ code }) =>
        code === 'invalid_union' ? 'must be one of account, role, organization, lambda' : undefined,
    },
  )
  .meta({
    description:
      'Who is let in: an account (each of its identities that its own account allows it as well), one role, every ' +
      'account of an organization, or the Lambda functions of an account, which only pull, in the region of the registry.',
  });

export const ecrGrantSchema: z.ZodType<EcrGrantSpec> = z.strictObject({
  registry: z
    .strictObject({ accountId, region })
    .meta({ description: "The private registry of one of the customer's accounts in a region. It never changes." }),
  repositories,
  principal,
  access: z.enum(['pull', 'push']).meta({ description: '`push` includes `pull`.' }),
  reason: shortText(200).meta({ description: 'For the people who read it later.', examples: ['staging deploys'] }),
  expiresAt: z.iso
    .datetime('must be a time in UTC, such as 2027-06-30T00:00:00Z')
    .optional()
    .meta({
      description: 'From then on the right is withdrawn. It must lie ahead.',
      examples: ['2027-06-30T00:00:00Z'],
    }),
});

/** Without a body: what is declared already. */
export const optionalEcrGrantSchema = ecrGrantSchema.optional();
