import { inspectEcrRoutes } from '../ecr-access/inspect-ecr.routes.ts';
import { inspectFluxRoutes } from '../flux-bootstrap/inspect.routes.ts';
import type { Route } from './route.ts';
import type { InspectDependencies } from './route-context.ts';

/** Everything that the `inspect` function serves. */
export function inspectRoutes(deps: InspectDependencies): readonly Route[] {
  return [...inspectFluxRoutes(deps), ...inspectEcrRoutes(deps)];
}
