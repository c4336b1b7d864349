import type { ZodOpenApiResponseObject } from 'zod-openapi';
import type { Route, RouteText } from '../http/route.ts';

type Links = NonNullable<ZodOpenApiResponseObject['links']>;

/** Where a value of a path parameter comes from, as a runtime expression (OpenAPI 3.1, "Link Object"). */
type Known = ReadonlyMap<string, string>;

/**
 * Where an answer leads: from a resource to everything that stands under the same ids, from an operation to itself, from
 * a page to its first item and to the next page, from a deleted resource to the 404 that stands in its place.
 */
export function linksFrom(spec: RouteText, status: number, routes: readonly Route[]): Links {
  const body = spec.answers[status as 200]?.body ?? '';
  const own = new Map(parametersOf(spec.path).map((name) => [name, `$request.path.${name}`]));
  if (spec.method === 'DELETE' && body !== 'Operation') return linksTo(spec, own, routes.filter(isGetOf(spec.path)));
  const known = new Map([...own, ...idsIn(body)]);
  const reached = routes.filter(({ spec: other }) => {
    const needed = parametersOf(other.path);
    const isReached = needed.length > 0 && needed.every((name) => known.has(name));
    return isReached && other.operationId !== spec.operationId && !isGoing(spec, other) && isNamed(spec, other);
  });
  return { ...linksTo(spec, known, reached), ...(body.endsWith('Page') ? nextPage(spec, own) : {}) };
}

/** Ids that stand in a body, by the name of that body. */
function idsIn(body: string): readonly (readonly [string, string])[] {
  switch (body) {
    case 'Operation':
      return [['operation', '$response.body#/id']];
    case 'CustomerPage':
      return [['customer', '$response.body#/items/0/id']];
    case 'AccountPage':
      return [['account', '$response.body#/items/0/id']];
    case 'ClusterPage':
      return [['cluster', '$response.body#/items/0/id']];
    case 'EcrGrantPage':
      return [['grant', '$response.body#/items/0/id']];
    case 'EcrPolicyVersionPage':
      return [['version', '$response.body#/items/0/id']];
    case 'FleetClusterPage':
      return [
        ['customer', '$response.body#/items/0/customer'],
        ['cluster', '$response.body#/items/0/id'],
      ];
    case 'OperationPage':
      return [
        ['customer', '$response.body#/items/0/customer'],
        ['operation', '$response.body#/items/0/id'],
      ];
    default:
      return [];
  }
}

/** What an accepted DELETE takes away may be there for a while: it leads to its operation, and not back. */
function isGoing({ method, path }: RouteText, other: RouteText): boolean {
  return method === 'DELETE' && other.path.startsWith(path);
}

/** A name that stands in the query is known to routes alone that are asked with it. */
function isNamed(spec: RouteText, other: RouteText): boolean {
  return !isAboutRepository(other) || isAboutRepository(spec);
}

function isAboutRepository({ path }: RouteText): boolean {
  return path.includes('/policy-history');
}

function namesOf(spec: RouteText): Readonly<Record<string, string>> {
  return isAboutRepository(spec) ? { repository: '$request.query.repository' } : {};
}

function isGetOf(path: string): (route: Route) => boolean {
  return ({ spec }) => spec.method === 'GET' && spec.path === path;
}

function linksTo(from: RouteText, known: Known, routes: readonly Route[]): Links {
  return Object.fromEntries(
    routes.map(({ spec }) => {
      const ids = Object.fromEntries(parametersOf(spec.path).map((name) => [name, known.get(name) ?? '']));
      // What was read is what may be changed.
      const isGuarded = spec.path === from.path && spec.headers?.includes('If-Match') === true && hasTag(from);
      const parameters = {
        ...ids,
        ...namesOf(spec),
        ...(isGuarded ? { 'header.If-Match': '$response.header.ETag' } : {}),
      };
      return [spec.operationId, { operationId: spec.operationId, parameters, description: spec.summary }];
    }),
  );
}

function hasTag({ answers }: RouteText): boolean {
  return answers[200]?.headers?.includes('ETag') === true;
}

function nextPage(spec: RouteText, own: Known): Links {
  const parameters = { ...Object.fromEntries(own), ...namesOf(spec), pageToken: '$response.body#/nextPageToken' };
  return { nextPage: { operationId: spec.operationId, parameters, description: 'The next page' } };
}

function parametersOf(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}
