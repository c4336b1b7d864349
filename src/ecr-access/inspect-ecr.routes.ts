import { route } from '../http/route.ts';
import type { RouteText, Route } from '../http/route.ts';
import type { InspectDependencies } from '../http/route-context.ts';
import { planEcrGrant } from './plan-grant.service.ts';

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

export function inspectEcrRoutes(deps: InspectDependencies): readonly Route[] {
  return [
    route(plan, async ({ c, params: { customer, grant: id }, body: spec, actor }) =>
      c.json(await planEcrGrant(deps, { customer, id, spec, actor })),
    ),
  ];
}
