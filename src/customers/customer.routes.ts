import { answerPage, pageOf } from '../http/paging.ts';
import { preconditionOf } from '../http/request-headers.ts';
import { answerResource } from '../http/resource-answer.ts';
import type { ResourceBody } from '../http/resource-answer.ts';
import { route } from '../http/route.ts';
import type { RouteText, Route } from '../http/route.ts';
import type { ApiDependencies } from '../http/route-context.ts';
import { effectiveCustomer } from './customer.ts';
import type { CustomerRecord } from './customer.ts';
import { deleteCustomer, getCustomer, listCustomers, putCustomer } from './customer.service.ts';

const tag = 'Customers';

const list = {
  method: 'GET',
  path: '/v1/customers',
  operationId: 'listCustomers',
  tag,
  summary: 'List customers',
  description: 'All customers in the order of their ids. For operators only: no customer may call this path.',
  query: async () => (await import('../http/paging.schema.ts')).pageQuerySchema,
  answers: { 200: { body: 'CustomerPage', means: 'A page of customers.' } },
  problems: ['invalid-page-token'],
} as const satisfies RouteText;

const get = {
  method: 'GET',
  path: '/v1/customers/{customer}',
  operationId: 'getCustomer',
  tag,
  summary: 'Read a customer',
  description: 'The customer as it was declared, and what we know of it.',
  answers: { 200: { body: 'Customer', means: 'The customer.', headers: ['ETag'] } },
  problems: ['not-found'],
} as const satisfies RouteText;

const put = {
  method: 'PUT',
  path: '/v1/customers/{customer}',
  operationId: 'putCustomer',
  tag,
  summary: 'Create or replace a customer',
  description:
    'Declares the customer. The same body again changes nothing. Another `repository` is refused while an operation ' +
    'runs; clusters move there with their next bootstrap, and the old repository stays taken as long as one reads it.',
  headers: ['If-Match', 'If-None-Match'],
  body: { schema: async () => (await import('./customer.schema.ts')).customerSchema, name: 'CustomerSpec' },
  answers: {
    200: { body: 'Customer', means: 'Replaced, or the same as before.', headers: ['ETag'] },
    201: { body: 'Customer', means: 'Created.', headers: ['ETag', 'Location'] },
  },
  problems: ['conflict', 'repository-taken', 'operation-in-progress', 'precondition-failed', 'git-host-unknown'],
} as const satisfies RouteText;

const remove = {
  method: 'DELETE',
  path: '/v1/customers/{customer}',
  operationId: 'deleteCustomer',
  tag,
  summary: 'Delete a customer',
  description:
    'Forgets the customer and frees its repository. Refused while accounts, clusters or ECR grants are registered under it. ' +
    'Its events and operations stay readable, so give its id to nobody else.',
  headers: ['If-Match'],
  answers: { 204: { means: 'Deleted.' } },
  problems: ['not-found', 'conflict', 'resource-in-use', 'precondition-failed'],
} as const satisfies RouteText;

export function customerRoutes(deps: ApiDependencies): readonly Route[] {
  return [
    route(list, async ({ c, query }) =>
      answerPage(c, query, { page: await listCustomers(deps, pageOf(c, query)), bodyOf: customerBody }),
    ),
    route(get, async ({ c, params }) => answerResource(c, customerBody(await getCustomer(deps, params.customer)))),
    route(put, async ({ c, params, body: spec, actor }) => {
      const precondition = preconditionOf(c);
      const { record, isNew } = await putCustomer(deps, { id: params.customer, spec, precondition, actor });
      return answerResource(c, customerBody(record), isNew);
    }),
    route(remove, async ({ c, params, actor }) => {
      await deleteCustomer(deps, { id: params.customer, precondition: preconditionOf(c), actor });
      return c.body(null, 204);
    }),
  ];
}

function customerBody(record: CustomerRecord): ResourceBody {
  const { id, spec, createdAt, updatedAt } = record;
  return { id, spec, status: { effective: effectiveCustomer(spec) }, createdAt, updatedAt };
}
