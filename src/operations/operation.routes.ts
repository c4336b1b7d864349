import type { Context } from 'hono';
import { answerPage, pageOf } from '../http/paging.ts';
import { waitSecondsOf } from '../http/request-headers.ts';
import { route } from '../http/route.ts';
import type { RouteText, Route } from '../http/route.ts';
import type { ApiDependencies, ApiEnv } from '../http/route-context.ts';
import { operationPath } from './operation-events.ts';
import { deadlineOf, isResting, stepsOf, subjectOf } from './operation.ts';
import type { Operation, OperationStep } from './operation.ts';
import { cancelOperation, listOperations, waitForOperation } from './operation.service.ts';

const tag = 'Operations';
const path = '/v1/customers/{customer}/operations/{operation}';
const list = {
  method: 'GET',
  path: '/v1/customers/{customer}/operations',
  operationId: 'listOperations',
  tag,
  summary: "List a customer's operations",
  description: 'The newest first. One that was accepted in the last moment may be missing.',
  query: async () => (await import('./operation-query.schema.ts')).operationListQuery,
  answers: { 200: { body: 'OperationPage', means: 'A page of operations.' } },
  problems: ['invalid-page-token', 'not-found'],
} as const satisfies RouteText;

const listAll = {
  method: 'GET',
  path: '/v1/operations',
  operationId: 'listFleetOperations',
  tag,
  summary: 'List the operations of all customers',
  description: 'The newest first. For operators only. One that was accepted in the last moment may be missing.',
  query: async () => (await import('./operation-query.schema.ts')).fleetOperationListQuery,
  answers: { 200: { body: 'OperationPage', means: 'A page of operations.' } },
  problems: ['invalid-page-token'],
} as const satisfies RouteText;

const get = {
  method: 'GET',
  path,
  operationId: 'getOperation',
  tag,
  summary: 'Read an operation',
  description: 'Where the operation stands, step by step. `Prefer: wait=25` holds the answer until it rests.',
  headers: ['Prefer'],
  answers: { 200: { body: 'Operation', means: 'The operation as it is now.', headers: ['Retry-After'] } },
  problems: ['not-found'],
} as const satisfies RouteText;

const cancel = {
  method: 'POST',
  path: `${path}/cancel`,
  operationId: 'cancelOperation',
  tag,
  summary: 'Cancel an operation',
  description:
    'The operation ends as `CANCELLED` before its next step; a step that is under way is finished, and what is done ' +
    'stays done. If that step is the last one, or fails, the operation ends as that. Asked again it is the same. One ' +
    'that has ended otherwise is refused.',
  headers: ['Prefer'],
  answers: {
    200: { body: 'Operation', means: 'Cancelled.', headers: ['Location'] },
    202: { body: 'Operation', means: 'Cancelling: the operation as it is now.', headers: ['Location', 'Retry-After'] },
  },
  problems: ['not-found', 'operation-ended'],
} as const satisfies RouteText;

export function operationRoutes(deps: ApiDependencies): readonly Route[] {
  return [
    route(list, async ({ c, params: { customer }, query }) => {
      const { state, kind, cluster, grant } = query;
      const page = await listOperations(deps, { customer, state, kind, cluster, grant, ...pageOf(c, query) });
      return answerPage(c, query, { page, bodyOf: operationBody });
    }),
    route(listAll, async ({ c, query }) => {
      const { state, kind } = query;
      const page = await listOperations(deps, { state, kind, ...pageOf(c, query) });
      return answerPage(c, query, { page, bodyOf: operationBody });
    }),
    route(get, async ({ c, params: { customer, operation: id } }) => {
      const operation = await waitForOperation(deps, { customer, id }, waitSecondsOf(c));
      if (!isResting(operation.state)) c.header('Retry-After', String(retryAfterSeconds));
      return c.json(operationBody(operation));
    }),
    route(cancel, async ({ c, params: { customer, operation: id }, actor }) => {
      const cancelled = await cancelOperation(deps, { customer, id }, actor);
      const waitSeconds = waitSecondsOf(c);
      return answerOperation(
        c,
        waitSeconds > 0 ? await waitForOperation(deps, { customer, id }, waitSeconds) : cancelled,
      );
    }),
  ];
}

/** How soon a caller that does not wait should ask again, in seconds. */
const retryAfterSeconds = 2;

/** 202 with `Location` and `Retry-After` while the operation goes on; 200 once it rests. */
export function answerOperation(c: Context<ApiEnv>, operation: Operation): Response {
  c.header('Location', `${c.var.pathPrefix}${operationPath(operation)}`);
  if (isResting(operation.state)) return c.json(operationBody(operation), 200);
  c.header('Retry-After', String(retryAfterSeconds));
  return c.json(operationBody(operation), 202);
}

/**
 * What a request began, once it rests or the caller's patience ends. The gateway gives up after 29 s of the whole
 * request, so what the start takes counts as waited.
 */
export async function answerBegun(
  c: Context<ApiEnv>,
  deps: Pick<ApiDependencies, 'operations'>,
  begin: () => Promise<Operation>,
): Promise<Response> {
  const arrivedAt = performance.now();
  const begun = await begin();
  const waitSeconds = waitSecondsOf(c) - (performance.now() - arrivedAt) / 1000;
  return answerOperation(c, waitSeconds > 0 ? await waitForOperation(deps, begun, waitSeconds) : begun);
}

/** The operation as callers see it: steps in their order, nothing of how it is kept. */
export function operationBody(operation: Operation): object {
  const { id, kind, customer, state, createdAt, startedAt, endedAt, heartbeatAt, failure } = operation;
  const subject = subjectOf(operation);
  const deadlineAt = deadlineOf(operation);
  const steps = stepsInOrder(operation);
  return {
    ...{ id, kind, customer, ...subject, state },
    ...{ createdAt, startedAt, endedAt, heartbeatAt, deadlineAt, steps, failure },
  };
}

const notBegun: OperationStep = { state: 'PENDING', attempt: 0 };

function stepsInOrder(operation: Operation): readonly object[] {
  return stepsOf(operation.kind).map((name) => ({ name, ...(operation.steps[name] ?? notBegun) }));
}
