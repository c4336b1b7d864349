import { answerPage, pageOf } from '../http/paging.ts';
import { preconditionOf } from '../http/request-headers.ts';
import { answerResource } from '../http/resource-answer.ts';
import type { ResourceBody } from '../http/resource-answer.ts';
import { route } from '../http/route.ts';
import type { RouteText, Route } from '../http/route.ts';
import type { ApiDependencies } from '../http/route-context.ts';
import { customerRoleArn } from './account.ts';
import { deleteAccount, getAccount, listAccounts, putAccount } from './account.service.ts';
import type { AccountView } from './account.service.ts';

const tag = 'Accounts';
const path = '/v1/customers/{customer}/accounts/{account}';

const list = {
  method: 'GET',
  path: '/v1/customers/{customer}/accounts',
  operationId: 'listAccounts',
  tag,
  summary: "List a customer's accounts",
  description: "The customer's AWS accounts in the order of their ids.",
  query: async () => (await import('../http/paging.schema.ts')).pageQuerySchema,
  answers: { 200: { body: 'AccountPage', means: 'A page of accounts.' } },
  problems: ['invalid-page-token', 'not-found'],
} as const satisfies RouteText;

const get = {
  method: 'GET',
  path,
  operationId: 'getAccount',
  tag,
  summary: 'Read an account',
  description:
    'The account, with what the customer needs to create our role there: `status.roleArn` must trust ' +
    '`status.trustedPrincipalArn`, and only with `status.externalId`.',
  answers: { 200: { body: 'Account', means: 'The account.', headers: ['ETag'] } },
  problems: ['not-found'],
} as const satisfies RouteText;

const put = {
  method: 'PUT',
  path,
  operationId: 'putAccount',
  tag,
  summary: 'Create or replace an account',
  description:
    'Declares an AWS account of the customer; it can be the account of one customer only. The same body again changes nothing.',
  headers: ['If-Match', 'If-None-Match'],
  body: { schema: async () => (await import('./account.schema.ts')).accountSchema, name: 'AccountSpec' },
  answers: {
    200: { body: 'Account', means: 'Replaced, or the same as before.', headers: ['ETag'] },
    201: { body: 'Account', means: 'Created.', headers: ['ETag', 'Location'] },
  },
  problems: ['not-found', 'conflict', 'account-taken', 'precondition-failed'],
} as const satisfies RouteText;

const remove = {
  method: 'DELETE',
  path,
  operationId: 'deleteAccount',
  tag,
  summary: 'Delete an account',
  description:
    'Forgets the account. Refused while a cluster is registered in it, or an ECR grant is for its registry. Nothing is changed in AWS.',
  headers: ['If-Match'],
  answers: { 204: { means: 'Deleted.' } },
  problems: ['not-found', 'conflict', 'resource-in-use', 'precondition-failed'],
} as const satisfies RouteText;

export function accountRoutes(deps: ApiDependencies): readonly Route[] {
  const bodyOf = (view: AccountView) => accountBody(deps, view);
  return [
    route(list, async ({ c, params, query }) =>
      answerPage(c, query, { page: await listAccounts(deps, params.customer, pageOf(c, query)), bodyOf }),
    ),
    route(get, async ({ c, params }) =>
      answerResource(c, bodyOf(await getAccount(deps, { customer: params.customer, id: params.account }))),
    ),
    route(put, async ({ c, params, body: spec, actor }) => {
      const address = { customer: params.customer, id: params.account };
      const view = await putAccount(deps, { ...address, spec, precondition: preconditionOf(c), actor });
      return answerResource(c, bodyOf(view), view.isNew);
    }),
    route(remove, async ({ c, params, actor }) => {
      const address = { customer: params.customer, id: params.account };
      await deleteAccount(deps, { ...address, precondition: preconditionOf(c), actor });
      return c.body(null, 204);
    }),
  ];
}

/** What the customer needs to create the role: its name, our principal, and the ExternalId that it must require. */
function accountBody(deps: ApiDependencies, { record, customer }: AccountView): ResourceBody {
  const { id, spec, createdAt, updatedAt } = record;
  const status = {
    externalId: customer.externalId,
    // A role can trust principals of its own partition only.
    roleArn: customerRoleArn({
      partition: deps.trustedPrincipalArn.split(':')[1] ?? 'aws',
      accountId: id,
      roleName: deps.roleName,
    }),
    trustedPrincipalArn: deps.trustedPrincipalArn,
    verifiedAt: record.verifiedAt,
  };
  return { id, spec, status, createdAt, updatedAt };
}
