import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { inspectRoutes } from '../http/inspect-routes.ts';
import { apiRoutes } from '../http/routes.ts';
import type { Route } from '../http/route.ts';
import type { ApiDependencies, InspectDependencies } from '../http/route-context.ts';
import { createContract } from './document.ts';
import { errorsPage } from './errors-page.ts';

/** Nothing is served here: a route that reached for what it needs to serve would fail at once. */
const unserved = new Proxy({} as ApiDependencies & InspectDependencies, {
  get(_, name) {
    throw new TypeError(`a route uses ${String(name)} while it is only described`);
  },
});

/** Every route of the API, to be described. */
export function describedRoutes(): readonly Route[] {
  return [...apiRoutes(unserved), ...inspectRoutes(unserved)];
}

/** What is written from the routes and kept in the repository. */
export async function contractFiles(): Promise<readonly { readonly path: string; readonly content: string }[]> {
  const contract = await createContract(describedRoutes());
  const head = '# Made by `npm run openapi` from the routes; change it there.\n';
  return [
    {
      path: inRepository('openapi.yaml'),
      content: `${head}${stringify(contract, { lineWidth: 120, aliasDuplicateObjects: false })}`,
    },
    { path: inRepository('docs/errors.md'), content: errorsPage() },
  ];
}

function inRepository(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
