import { route } from './route.ts';
import type { RouteText, Route } from './route.ts';

const get = {
  method: 'GET',
  path: '/openapi.yaml',
  operationId: 'getContract',
  tag: 'Contract',
  summary: 'Read this contract',
  description: 'The OpenAPI document of the version that answers.',
  answers: { 200: { body: 'Contract', means: 'OpenAPI 3.1 as YAML.' } },
  problems: [],
} as const satisfies RouteText;

export function contractRoutes(deps: { readonly openApiDocument: () => Promise<string> }): readonly Route[] {
  return [
    route(get, async ({ c }) => c.body(await deps.openApiDocument(), 200, { 'content-type': 'application/yaml' })),
  ];
}
