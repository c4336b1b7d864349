import * as z from 'zod';
import { readOptionalBody } from '../http/request-body.ts';
import { idempotencyOf, waitSecondsOf } from '../http/request-headers.ts';
import type { Api, ApiDependencies } from '../http/route-context.ts';
import { slugParameter } from '../http/slug.ts';
import { answerOperation } from '../operations/operation.routes.ts';
import { waitForOperation } from '../operations/operation.service.ts';
import { startBootstrap } from './bootstrap.service.ts';
import { getFluxStatus } from './flux-status.service.ts';

export const bootstrapSchema = z.strictObject({
  allowPrune: z.boolean().default(false),
  replace: z.boolean().default(false),
});

export function addFluxBootstrapRoutes(api: Api, deps: ApiDependencies): void {
  api.post('/v1/customers/:customer/clusters/:cluster/bootstrap', async (c) => {
    const customer = slugParameter(c.req.param('customer'), 'customer');
    const cluster = slugParameter(c.req.param('cluster'), 'cluster');
    const body = await readOptionalBody(c, bootstrapSchema);
    const idempotency = idempotencyOf(c);
    // The gateway gives up after 29 s of the whole request, so what the start takes counts as waited.
    const arrivedAt = performance.now();
    const begun = await startBootstrap(deps, { customer, cluster, ...body, caller: c.var.caller, idempotency });
    const waitSeconds = waitSecondsOf(c) - (performance.now() - arrivedAt) / 1000;
    const operation = waitSeconds > 0 ? await waitForOperation(deps, { customer, id: begun.id }, waitSeconds) : begun;
    return answerOperation(c, operation);
  });

  api.get('/v1/customers/:customer/clusters/:cluster/flux', async (c) => {
    const customer = slugParameter(c.req.param('customer'), 'customer');
    const id = slugParameter(c.req.param('cluster'), 'cluster');
    return c.json(await getFluxStatus(deps, { customer, id }));
  });
}
