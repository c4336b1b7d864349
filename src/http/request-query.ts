import type { Context } from 'hono';
import type * as z from 'zod';
import { FleetError } from '../errors.ts';
import type { FieldError } from '../errors.ts';
import { fieldErrors } from './field-errors.ts';

/** Checks the query; a parameter that the route does not know is refused, since a filter that is misspelt filters nothing. */
export function readQuery<S extends z.ZodType>(c: Context, schema: S): z.output<S> {
  const values = Object.entries(c.req.queries()).map(([name, list]) => [name, list.length === 1 ? list[0] : list]);
  const parsed = schema.safeParse(Object.fromEntries(values));
  if (parsed.success) return parsed.data;
  throw invalidQuery(parsed.error.issues.flatMap((issue) => fieldErrors(issue, 'parameter')).map(named));
}

/** Of a route that takes no query at all. */
export function refuseQuery(c: Context): void {
  const names = Object.keys(c.req.queries());
  if (names.length > 0) {
    throw invalidQuery(names.map((parameter) => ({ parameter, detail: 'is not a parameter here' })));
  }
}

type ParameterError = FieldError & { readonly parameter: string };

function invalidQuery(errors: readonly ParameterError[]): FleetError {
  const told = errors.map(({ parameter, detail }) => `${parameter} ${detail}`).join('; ');
  return new FleetError('invalid-request', `The query is not valid: ${told}.`, { errors });
}

/** A parameter has a name, no pointer; what comes several times is the only thing there that is no text. */
function named({ pointer = '', detail }: FieldError): ParameterError {
  return {
    parameter: pointer.split('/')[1] ?? '',
    detail: detail === 'must be a string' ? 'may come once only' : detail,
  };
}
