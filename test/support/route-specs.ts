import { inspectRoutes } from '../../src/http/inspect-routes.ts';
import { apiRoutes } from '../../src/http/routes.ts';
import type { Route, RouteText } from '../../src/http/route.ts';
import type { FleetTable } from '../../src/adapters/fleet-table.ts';
import { type FleetDependencies, makeFleet } from './fleet.ts';

/** Every route of the product, of both functions. */
export function allRoutes(deps: FleetDependencies): readonly Route[] {
  return [...apiRoutes(deps), ...inspectRoutes(deps)];
}

/** What is said of every route. */
export function routeSpecs(): readonly RouteText[] {
  return allRoutes(makeFleet(noTable).deps).map(({ spec }) => spec);
}

/** For routes that are looked at and not called. */
const noTable = new Proxy<Partial<FleetTable>>(
  {},
  {
    get: () => () => Promise.reject(new Error('no route is called here')),
  },
) as FleetTable;
