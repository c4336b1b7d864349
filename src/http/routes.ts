import { accountRoutes } from '../accounts/account.routes.ts';
import { clusterRoutes } from '../clusters/cluster.routes.ts';
import { customerRoutes } from '../customers/customer.routes.ts';
import { ecrGrantRoutes } from '../ecr-access/ecr-grant.routes.ts';
import { policyHistoryRoutes } from '../ecr-access/policy-history.routes.ts';
import { eventRoutes } from '../events/event.routes.ts';
import { bootstrapRoutes } from '../flux-bootstrap/bootstrap.routes.ts';
import { operationRoutes } from '../operations/operation.routes.ts';
import { contractRoutes } from './contract.routes.ts';
import type { Route } from './route.ts';
import type { ApiDependencies } from './route-context.ts';

/** Everything that the `api` function serves; `inspect` has routes of its own, so that its clients are not loaded here. */
export function apiRoutes(deps: ApiDependencies): readonly Route[] {
  return [
    ...customerRoutes(deps),
    ...accountRoutes(deps),
    ...clusterRoutes(deps),
    ...bootstrapRoutes(deps),
    ...ecrGrantRoutes(deps),
    ...policyHistoryRoutes(deps),
    ...operationRoutes(deps),
    ...eventRoutes(deps),
    ...contractRoutes(deps),
  ];
}
