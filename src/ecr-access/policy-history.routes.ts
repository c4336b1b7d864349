import { answerPage, pageOf } from '../http/paging.ts';
import { idempotencyOf } from '../http/request-headers.ts';
import { route } from '../http/route.ts';
import type { RouteText, Route } from '../http/route.ts';
import type { ApiDependencies } from '../http/route-context.ts';
import { answerBegun } from '../operations/operation.routes.ts';
import type { EcrPolicyVersion } from '../ports/ecr-repositories.ts';
import { documentOf } from './policy-document.ts';
import { listPolicyHistory, restorePolicy } from './policy-history.service.ts';

const tag = 'ECR access';
const path = '/v1/customers/{customer}/ecr-registries/{account}/{region}/policy-history';

const list = {
  method: 'GET',
  path,
  operationId: 'listEcrPolicyHistory',
  tag,
  summary: 'List the former policies of an ECR repository',
  description:
    'The policy as it was before each of our writes, the newest first; kept for 90 days. A repository in which we never ' +
    'wrote has none.',
  query: async () => (await import('./policy-history.schema.ts')).policyHistoryQuery,
  answers: { 200: { body: 'EcrPolicyVersionPage', means: 'A page of policies.' } },
  problems: ['invalid-page-token', 'not-found'],
} as const satisfies RouteText;

const restore = {
  method: 'POST',
  path: `${path}/{version}/restore`,
  operationId: 'restoreEcrPolicy',
  tag,
  summary: 'Restore a former policy of an ECR repository',
  description:
    'Starts the operation that brings back the statements which others had in that policy, in place of those that they ' +
    'have there now. Ours follow the grants as they are: a right that was withdrawn since does not come back.',
  headers: ['Idempotency-Key', 'Prefer'],
  query: async () => (await import('./policy-history.schema.ts')).repositoryQuery,
  answers: {
    200: { body: 'Operation', means: 'The operation, which rests already.', headers: ['Location'] },
    202: { body: 'Operation', means: 'Accepted: the operation as it is now.', headers: ['Location', 'Retry-After'] },
  },
  problems: ['not-found', 'operation-in-progress', 'idempotency-key-reused'],
} as const satisfies RouteText;

export function policyHistoryRoutes(deps: ApiDependencies): readonly Route[] {
  return [
    route(list, async ({ c, params: { customer, account: accountId, region }, query }) => {
      const address = { customer, registry: { accountId, region }, repository: query.repository };
      const page = await listPolicyHistory(deps, address, pageOf(c, query));
      return answerPage(c, query, { page, bodyOf: versionBody });
    }),
    route(restore, async ({ c, params: { customer, account: accountId, region, version }, query, actor }) => {
      const address = { customer, registry: { accountId, region }, repository: query.repository };
      const idempotency = idempotencyOf(c);
      return answerBegun(c, deps, () => restorePolicy(deps, { address, version, actor, idempotency }));
    }),
  ];
}

function versionBody({ id, at, operationId: operation, text }: EcrPolicyVersion): object {
  return { id, at, operation, policy: documentOf(text) };
}
