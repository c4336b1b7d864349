import type { Context } from 'hono';
import { waitSecondsOf } from '../http/request-headers.ts';
import type { Api, ApiDependencies, ApiEnv } from '../http/route-context.ts';
import { slugParameter } from '../http/slug.ts';
import { bootstrapSteps, isResting } from './operation.ts';
import type { Operation } from './operation.ts';
import { waitForOperation } from './operation.service.ts';

export function addOperationRoutes(api: Api, deps: ApiDependencies): void {
  api.get('/v1/customers/:customer/operations/:operation', async (c) => {
    const customer = slugParameter(c.req.param('customer'), 'customer');
    const operation = await waitForOperation(deps, { customer, id: c.req.param('operation') }, waitSecondsOf(c));
    if (!isResting(operation.state)) c.header('Retry-After', String(retryAfterSeconds));
    return c.json(operationBody(operation));
  });
}

/** How soon a caller that does not wait should ask again, in seconds. */
const retryAfterSeconds = 2;

/** 202 with `Location` and `Retry-After` while the operation goes on; 200 once it rests. */
export function answerOperation(c: Context<ApiEnv>, operation: Operation): Response {
  const location = `${c.var.pathPrefix}/v1/customers/${operation.customer}/operations/${operation.id}`;
  c.header('Location', location);
  if (isResting(operation.state)) return c.json(operationBody(operation), 200);
  c.header('Retry-After', String(retryAfterSeconds));
  return c.json(operationBody(operation), 202);
}

/** The operation as callers see it: steps in their order, nothing of how it is kept. */
export function operationBody(operation: Operation): object {
  const { id, kind, customer, cluster, state, createdAt, startedAt, endedAt, heartbeatAt, deadlineAt, failure } =
    operation;
  const steps = stepsInOrder(operation);
  return { id, kind, customer, cluster, state, createdAt, startedAt, endedAt, heartbeatAt, deadlineAt, steps, failure };
}

function stepsInOrder(operation: Operation): readonly object[] {
  return bootstrapSteps.flatMap((name) => {
    const step = operation.steps[name];
    return step ? [{ name, ...step }] : [];
  });
}
