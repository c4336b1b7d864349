import { idempotencyOf } from '../http/request-headers.ts';
import { route } from '../http/route.ts';
import type { RouteText, Route } from '../http/route.ts';
import type { ApiDependencies } from '../http/route-context.ts';
import { answerBegun } from '../operations/operation.routes.ts';
import { startBootstrap } from './bootstrap.service.ts';

const bootstrap = {
  method: 'POST',
  path: '/v1/customers/{customer}/clusters/{cluster}/bootstrap',
  operationId: 'bootstrapCluster',
  tag: 'Clusters',
  summary: 'Bootstrap Flux on a cluster',
  description:
    'Starts the operation that sets up Flux as the specs say now, or joins the one that does the same already. Called ' +
    'again on a cluster that is as it should be, it changes nothing; on a broken one, it repairs.',
  headers: ['Idempotency-Key', 'Prefer'],
  body: {
    schema: async () => (await import('./bootstrap.schema.ts')).optionalBootstrapSchema,
    name: 'BootstrapRequest',
    isOptional: true,
  },
  answers: {
    200: { body: 'Operation', means: 'The operation, which rests already.', headers: ['Location'] },
    202: { body: 'Operation', means: 'Accepted: the operation as it is now.', headers: ['Location', 'Retry-After'] },
  },
  problems: ['not-found', 'conflict', 'operation-in-progress', 'idempotency-key-reused'],
} as const satisfies RouteText;

export function bootstrapRoutes(deps: ApiDependencies): readonly Route[] {
  return [
    route(bootstrap, async ({ c, params: { customer, cluster }, body, actor }) => {
      const idempotency = idempotencyOf(c);
      return answerBegun(c, deps, () => startBootstrap(deps, { customer, cluster, ...body, actor, idempotency }));
    }),
  ];
}
