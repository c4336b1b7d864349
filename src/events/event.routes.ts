import { answerPage, pageOf } from '../http/paging.ts';
import { route } from '../http/route.ts';
import type { RouteText, Route } from '../http/route.ts';
import type { ApiDependencies } from '../http/route-context.ts';
import type { FleetEvent } from './event.ts';
import { listEvents } from './event.service.ts';

const list = {
  method: 'GET',
  path: '/v1/customers/{customer}/events',
  operationId: 'listEvents',
  tag: 'Events',
  summary: "List a customer's events",
  description:
    'Who changed what and when, the newest first: every change of what is registered, and the beginning, cancelling ' +
    'and end of each operation. Readable also after the customer was deleted.',
  query: async () => (await import('./event-query.schema.ts')).eventListQuery,
  answers: { 200: { body: 'EventPage', means: 'A page of events.' } },
  problems: ['invalid-page-token', 'not-found'],
} as const satisfies RouteText;

export function eventRoutes(deps: ApiDependencies): readonly Route[] {
  return [
    route(list, async ({ c, params: { customer }, query }) => {
      const { type, caller, resource } = query;
      const between = { since: utc(query.since), until: utc(query.until) };
      const page = await listEvents(deps, { customer, type, caller, resource, ...between, ...pageOf(c, query) });
      return answerPage(c, query, { page, bodyOf: eventBody });
    }),
  ];
}

/** In the order in which people read it. */
function eventBody({ id, at, customer, type, resource, caller, requestId, before, after }: FleetEvent): object {
  return { id, at, customer, type, resource, caller, requestId, before, after };
}

/** Times sort as text when they are all written alike. */
function utc(text: string | undefined): string | undefined {
  return text === undefined ? undefined : new Date(text).toISOString();
}
