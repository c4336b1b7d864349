import type { Context } from 'hono';
import type * as z from 'zod';
import { FleetError } from '../errors.ts';
import type { FieldError } from '../errors.ts';

/** Far above any spec; DynamoDB takes items of 400 KB. */
export const maxBodyBytes = 64 * 1024;

/** Reads and validates a JSON body; every fault is named by its JSON Pointer. */
export async function readBody<S extends z.ZodType>(c: Context, schema: S): Promise<z.output<S>> {
  const text = await readText(c);
  return validate(parseJson(text), schema);
}

/** Like `readBody`, where no body at all means `{}`. */
export async function readOptionalBody<S extends z.ZodType>(c: Context, schema: S): Promise<z.output<S>> {
  const text = await readText(c);
  return validate(text.trim() === '' ? {} : parseJson(text), schema);
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

function validate<S extends z.ZodType>(value: unknown, schema: S): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) => fieldErrors(issue));
  throw new FleetError('invalid-request', `The body is not valid: ${errors.map(describe).join('; ')}.`, { errors });
}

function describe({ pointer, detail }: FieldError): string {
  return `${pointer === '' ? 'the body' : pointer} ${detail}`;
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointerOf([...issue.path, key]),
      detail: 'is not a field of this resource',
    }));
  }
  return [{ pointer: pointerOf(issue.path), detail: detailOf(issue) }];
}

/** In words that go on after the field's name. */
function detailOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined')
        ? 'is required'
        : `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `must have at least ${issue.minimum} ${unitOf(issue.origin)}`;
    case 'too_big':
      return `may have at most ${issue.maximum} ${unitOf(issue.origin)}`;
    case 'invalid_key':
      return issue.issues.map((inner) => inner.message).join(', ');
    default:
      return issue.message;
  }
}

const kinds: Readonly<Record<string, string>> = {
  object: 'a JSON object',
  record: 'a JSON object',
  array: 'a JSON array',
  string: 'a string',
  boolean: 'true or false',
  number: 'a number',
};

function unitOf(origin: string): string {
  return origin === 'string' ? 'characters' : 'items';
}

/** JSON Pointer (RFC 6901). */
function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
