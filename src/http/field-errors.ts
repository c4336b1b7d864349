import type * as z from 'zod';
import type { FieldError } from '../errors.ts';

/** What is wrong with a value, field by field, in words that go on after the field's name. */
export function fieldErrors(issue: z.core.$ZodIssue, kind: 'field of this resource' | 'parameter'): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    const what = kind === 'parameter' ? 'is not a parameter here' : `is not a ${kind}`;
    return issue.keys.map((key) => ({ pointer: pointerOf([...issue.path, key]), detail: what }));
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
      return issue.origin === 'number'
        ? `must be ${issue.minimum} or more`
        : `must have at least ${issue.minimum} ${unitOf(issue.origin)}`;
    case 'too_big':
      return issue.origin === 'number'
        ? `must be ${issue.maximum} or less`
        : `may have at most ${issue.maximum} ${unitOf(issue.origin)}`;
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
