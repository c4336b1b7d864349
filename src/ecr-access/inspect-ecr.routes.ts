import { route } from '../http/route.ts';
import type { RouteText, Route } from '../http/route.ts';
import type { InspectDependencies } from '../http/route-context.ts';
import { getEcrAccess } from './ecr-access.service.ts';
import { planEcrGrant } from './plan-grant.service.ts';
import { verifyGrant } from './verify-grant.service.ts';

const tag = 'ECR access';

const plan = {
  method: 'POST',
  path: '/v1/customers/{customer}/ecr-grants/{grant}/plan',
  operationId: 'planEcrGrant',
  tag,
  summary: 'Plan an ECR grant',
  description:
    'What a PUT of this body would check and change now; without a body, what applying the grant again would. Nothing is ' +
    'written anywhere. `changes` has the policy of each repository before and after; `warnings` what a person should know ' +
    'of the statements of others there. What only writing shows, a plan cannot tell: whether ECR knows a principal, and ' +
    'whether our role may write.',
  body: {
    schema: async () => (await import('./ecr-grant.schema.ts')).optionalEcrGrantSchema,
    name: 'EcrGrantSpec',
    isOptional: true,
  },
  answers: { 200: { body: 'EcrGrantPlan', means: 'The checks, the changes and the warnings.' } },
  problems: ['not-found', 'immutable-field', 'account-not-registered', 'grant-without-effect'],
} as const satisfies RouteText;

const verify = {
  method: 'POST',
  path: '/v1/customers/{customer}/ecr-grants/{grant}/verify',
  operationId: 'verifyEcrGrant',
  tag,
  summary: 'Verify that an ECR grant can be used',
  description:
    'Whether the principal can do what the grant is for, repository by repository, and what is missing where it cannot: ' +
    'judged by the policies that can be read, on both sides. Nothing is pulled. The policies of a role are read where its ' +
    'account is registered for the customer; of other principals only the policies of the repositories are judged, and ' +
    'what depends on the rest is `UNKNOWN`. Looks at 100 repositories at the most.',
  answers: { 200: { body: 'VerifiedEcrGrant', means: 'A verdict for each repository.' } },
  problems: ['not-found'],
} as const satisfies RouteText;

const access = {
  method: 'GET',
  path: '/v1/customers/{customer}/ecr-registries/{account}/{region}/access',
  operationId: 'getEcrAccess',
  tag,
  summary: 'Read who has access to an ECR repository',
  description:
    "Who may pull and push by the repository's policy, statement by statement, ours and those of others. A registry or a " +
    'repository that cannot be read is no error: `reachability` says why.',
  query: async () => (await import('./policy-history.schema.ts')).repositoryQuery,
  answers: { 200: { body: 'EcrAccess', means: 'What was seen.' } },
  problems: ['not-found'],
} as const satisfies RouteText;

export function inspectEcrRoutes(deps: InspectDependencies): readonly Route[] {
  return [
    route(plan, async ({ c, params: { customer, grant: id }, body: spec, actor }) =>
      c.json(await planEcrGrant(deps, { customer, id, spec, actor })),
    ),
    route(access, async ({ c, params: { customer, account: accountId, region }, query: { repository } }) =>
      c.json(await getEcrAccess(deps, { customer, registry: { accountId, region }, repository })),
    ),
    route(verify, async ({ c, params: { customer, grant: id } }) => c.json(await verifyGrant(deps, { customer, id }))),
  ];
}
