import type { Context } from 'hono';
import type * as z from 'zod';
import { FleetError } from '../errors.ts';
import type { FieldError } from '../errors.ts';
import { fieldErrors } from './field-errors.ts';

/** Far above any spec; DynamoDB takes items of 400 KB. */
export const maxBodyBytes = 64 * 1024;

/** Reads and validates a JSON body; every fault is named by its JSON Pointer. */
export async function readBody<S extends z.ZodType>(c: Context, schema: S): Promise<z.output<S>> {
  const text = await readText(c);
  return validate(parseJson(text), schema);
}

/** Of a route that takes no body: what is sent all the same is refused, like an unknown field. */
export async function refuseBody(c: Context): Promise<void> {
  const text = await readText(c);
  if (text.trim() !== '') throw new FleetError('invalid-request', 'This request takes no body.');
}

/** Like `readBody`, where no body at all means what the schema makes of `undefined`. */
export async function readOptionalBody<S extends z.ZodType>(c: Context, schema: S): Promise<z.output<S>> {
  const text = await readText(c);
  return validate(text.trim() === '' ? undefined : parseJson(text), schema);
}

async function readText(c: Context): Promise<string> {
  const declared = Number(c.req.header('content-length') ?? 0);
  if (declared > maxBodyBytes) throw tooLarge();
  const text = await c.req.text();
  if (Buffer.byteLength(text) > maxBodyBytes) throw tooLarge();
  if (text.trim() !== '' && !/^application\/json\s*(;|$)/i.test(c.req.header('content-type') ?? '')) {
    throw new FleetError('unsupported-media-type', 'Send the body as application/json.');
  }
  return text;
}

function tooLarge(): FleetError {
  return new FleetError('payload-too-large', `A body may have ${maxBodyBytes} bytes at most.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FleetError('invalid-request', 'The body is not valid JSON.', { cause: error });
  }
}

/** Where a field is named `__proto__`: schemas drop it without a word, and the spec would not be what was sent. */
function protoPointers(value: unknown, pointer = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Object.hasOwn(value, '__proto__') ? [`${pointer}/__proto__`] : [];
  return [...own, ...Object.entries(value).flatMap(([name, inner]) => protoPointers(inner, `${pointer}/${name}`))];
}

function validate<S extends z.ZodType>(value: unknown, schema: S): z.output<S> {
  const dropped = protoPointers(value).map((pointer) => ({ pointer, detail: 'is not a field of this resource' }));
  if (dropped.length > 0) throw invalidBody(dropped);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) => fieldErrors(issue, 'field of this resource'));
  throw invalidBody(errors);
}

function invalidBody(errors: readonly FieldError[]): FleetError {
  return new FleetError('invalid-request', `The body is not valid: ${errors.map(describe).join('; ')}.`, { errors });
}

function describe({ pointer, detail }: FieldError): string {
  return `${pointer === undefined || pointer === '' ? 'the body' : pointer} ${detail}`;
}
