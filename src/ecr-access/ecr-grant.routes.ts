import { answerPage, pageOf } from '../http/paging.ts';
import { preconditionOf } from '../http/request-headers.ts';
import { answerResource } from '../http/resource-answer.ts';
import type { ResourceBody } from '../http/resource-answer.ts';
import type { EcrRepositoryRecord } from '../ports/ecr-repositories.ts';
import { route } from '../http/route.ts';
import type { RouteText, Route } from '../http/route.ts';
import type { ApiDependencies } from '../http/route-context.ts';
import { answerBegun } from '../operations/operation.routes.ts';
import type { EcrGrantRecord } from './ecr-grant.ts';
import { ecrGrantState } from './ecr-grant-state.ts';
import type { EcrGrantView } from './ecr-grant.service.ts';
import { identityPolicyFor } from './identity-policy.ts';
import { deleteEcrGrant, getEcrGrant, listEcrGrants, listGrantResults, putEcrGrant } from './ecr-grant.service.ts';

const tag = 'ECR access';
const path = '/v1/customers/{customer}/ecr-grants/{grant}';

const list = {
  method: 'GET',
  path: '/v1/customers/{customer}/ecr-grants',
  operationId: 'listEcrGrants',
  tag,
  summary: "List a customer's ECR grants",
  description: 'In the order of their ids. What became of a grant at each repository, the grant itself shows.',
  query: async () => (await import('../http/paging.schema.ts')).pageQuerySchema,
  answers: { 200: { body: 'EcrGrantPage', means: 'A page of grants.' } },
  problems: ['invalid-page-token', 'not-found'],
} as const satisfies RouteText;

const get = {
  method: 'GET',
  path,
  operationId: 'getEcrGrant',
  tag,
  summary: 'Read an ECR grant',
  description:
    'The grant as it was declared, what became of it at each repository, and the identity policy that the other side ' +
    'attaches to the identities that are to use it.',
  answers: { 200: { body: 'EcrGrant', means: 'The grant.', headers: ['ETag'] } },
  problems: ['not-found'],
} as const satisfies RouteText;

const put = {
  method: 'PUT',
  path,
  operationId: 'putEcrGrant',
  tag,
  summary: 'Create or replace an ECR grant',
  description:
    "Declares another account's right to repositories of one of the customer's registries, and starts the operation that " +
    'writes it into their policies. Statements that are not ours stay as they are. `registry` never changes. The same ' +
    'body again applies the grant again: where everything is as it should be, nothing is written.',
  headers: ['If-Match', 'If-None-Match', 'Prefer'],
  body: { schema: async () => (await import('./ecr-grant.schema.ts')).ecrGrantSchema, name: 'EcrGrantSpec' },
  answers: {
    200: { body: 'Operation', means: 'The operation, which rests already.', headers: ['Location'] },
    202: { body: 'Operation', means: 'Accepted: the operation as it is now.', headers: ['Location', 'Retry-After'] },
  },
  problems: [
    ...(['not-found', 'conflict', 'immutable-field', 'operation-in-progress'] as const),
    ...(['precondition-failed', 'account-not-registered', 'grant-without-effect'] as const),
  ],
} as const satisfies RouteText;

const remove = {
  method: 'DELETE',
  path,
  operationId: 'deleteEcrGrant',
  tag,
  summary: 'Withdraw an ECR grant',
  description:
    "Starts the operation that takes the grant's right, and nothing else, out of every policy, and then forgets the " +
    'grant. Until then the grant is there as `WITHDRAWING`; where it fails, it is tried again, and the DELETE may be ' +
    'repeated. With `abandon=true` the grant is forgotten although a registry or a repository cannot be reached: its right ' +
    'stays there, and the operation and the event say where.',
  query: async () => (await import('./ecr-grant-query.schema.ts')).deleteEcrGrantQuery,
  headers: ['If-Match', 'Prefer'],
  answers: {
    200: { body: 'Operation', means: 'The operation, which rests already.', headers: ['Location'] },
    202: { body: 'Operation', means: 'Accepted: the operation as it is now.', headers: ['Location', 'Retry-After'] },
  },
  problems: ['not-found', 'conflict', 'operation-in-progress', 'precondition-failed'],
} as const satisfies RouteText;

const results = {
  method: 'GET',
  path: `${path}/repositories`,
  operationId: 'listEcrGrantRepositories',
  tag,
  summary: 'List what became of an ECR grant at each repository',
  description: 'In the order of their names.',
  query: async () => (await import('../http/paging.schema.ts')).pageQuerySchema,
  answers: { 200: { body: 'EcrGrantResultPage', means: 'A page of repositories.' } },
  problems: ['invalid-page-token', 'not-found'],
} as const satisfies RouteText;

export function ecrGrantRoutes(deps: ApiDependencies): readonly Route[] {
  return [
    route(list, async ({ c, params: { customer }, query }) =>
      answerPage(c, query, { page: await listEcrGrants(deps, customer, pageOf(c, query)), bodyOf: listedGrantBody }),
    ),
    route(get, async ({ c, params: { customer, grant: id } }) =>
      answerResource(c, grantBody(await getEcrGrant(deps, { customer, id }), deps.now())),
    ),
    route(put, async ({ c, params: { customer, grant: id }, body: spec, actor }) =>
      answerBegun(c, deps, () => putEcrGrant(deps, { customer, id, spec, precondition: preconditionOf(c), actor })),
    ),
    route(remove, async ({ c, params: { customer, grant: id }, query, actor }) => {
      const abandon = query.abandon === 'true';
      const precondition = preconditionOf(c);
      return answerBegun(c, deps, () => deleteEcrGrant(deps, { customer, id, abandon, precondition, actor }));
    }),
    route(results, async ({ c, params: { customer, grant: id }, query }) => {
      const page = await listGrantResults(deps, { customer, id }, pageOf(c, query));
      return answerPage(c, query, { page, bodyOf: (repository) => grantResultBody(id, repository) });
    }),
  ];
}

function grantBody({ record, holding, repositories, unseen }: EcrGrantView, now: Date): ResourceBody {
  const { id, spec, createdAt, updatedAt } = record;
  const { claimedBy: operation, lastOperation } = holding;
  const { items, next } = repositories;
  return {
    ...{ id, spec, createdAt, updatedAt },
    status: {
      state: ecrGrantState(
        {
          ...{ record, holding, hasMoreResults: next !== undefined },
          results: items.map(({ results: known }) => known[id]),
        },
        now,
      ),
      operation,
      lastOperation,
      repositories: items.map((repository) => grantResultBody(id, repository)),
      hasMoreRepositories: next !== undefined,
      unseen,
      identityPolicy: identityPolicyFor(spec),
    },
  };
}

/** As a list shows it: without what each repository came to. */
function listedGrantBody({ id, spec, createdAt, updatedAt }: EcrGrantRecord): object {
  return { id, spec, createdAt, updatedAt };
}

function grantResultBody(grant: string, { repository, results: known }: EcrRepositoryRecord): object {
  // It is on its way there, or on its way out.
  const result = known[grant] ?? { state: 'PENDING' };
  return { repository, ...result };
}
