import { canonicalHash, canonicalJson } from '../operations/operation-id.ts';
import { isObject, listOf, readPolicyDocument } from './policy-document.ts';
import type { PolicyDocument, PolicyStatement } from './policy-document.ts';

/**
 * Equal for two texts that say the same; for a text that is no policy, of the text itself. Absent: no policy.
 *
 * What AWS may change on storing makes no difference: white space, a value or a list of one, the order within a list,
 * `111122223333` or the ARN of that account's root, `"*"` or `{"AWS":"*"}` as the principal, the case of actions and of
 * condition keys, a `Version` that is left out
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html). Nor does the order of
 * statements: the rights do not depend on it, and each write of ours may run over somebody's, so that there must be
 * a better reason for one.
 */
export function policyHash(text: string | undefined): string {
  return canonicalHash(text === undefined ? 'no policy' : canonicalText(text));
}

export function isSamePolicy(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one === other || canonicalText(one) === canonicalText(other);
}

/** The same statements, in whatever order. */
export function areSameStatements(ones: readonly PolicyStatement[], others: readonly PolicyStatement[]): boolean {
  if (ones.length !== others.length) return false;
  if (JSON.stringify(ones) === JSON.stringify(others)) return true; // mostly, and five times as fast
  const canonical = canonicalStatements(others);
  return canonicalStatements(ones).every((statement, index) => statement === canonical[index]);
}

function canonicalText(text: string): string {
  const read = readPolicyDocument(text);
  return read.kind === 'read' ? canonicalDocument(read.document) : text;
}

function canonicalDocument({ fields, statements }: PolicyDocument): string {
  // Without a version it is the older one:
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
  return canonicalJson({ Version: '2008-10-17', ...fields, Statement: canonicalStatements(statements) });
}

function canonicalStatements(statements: readonly PolicyStatement[]): readonly string[] {
  return statements.map((statement) => JSON.stringify(sortedEntries(statement, canonicalElement))).sort();
}

function canonicalElement(name: string, element: unknown): unknown {
  switch (name) {
    case 'Principal':
    case 'NotPrincipal':
      return canonicalPrincipal(element);
    case 'Action':
    case 'NotAction':
      return sortedList(element, (action) => action.toLowerCase());
    case 'Resource':
    case 'NotResource':
      return sortedList(element);
    case 'Condition':
      return isObject(element) ? sortedEntries(element, (_operator, keys) => canonicalKeys(keys)) : element;
    default:
      return canonicalJson(element);
  }
}

function canonicalPrincipal(element: unknown): unknown {
  const principals = element === '*' ? { AWS: '*' } : element;
  return isObject(principals)
    ? sortedEntries(principals, (_type, values) => sortedList(values, accountOrArn))
    : element;
}

/** An account by its id, whichever of the two ways it is written. */
export function accountOrArn(principal: string): string {
  return principal.endsWith(':root')
    ? (/^arn:[\w-]+:iam::(\d{12}):root$/.exec(principal)?.[1] ?? principal)
    : principal;
}

function canonicalKeys(keys: unknown): unknown {
  if (!isObject(keys)) return keys;
  return Object.entries(keys)
    .map(([key, values]) => JSON.stringify([key.toLowerCase(), sortedList(values)]))
    .sort();
}

function sortedEntries(
  object: Readonly<Record<string, unknown>>,
  canonicalValue: (name: string, value: unknown) => unknown,
): unknown {
  const names = Object.keys(object).sort();
  return names.map((name) => [name, canonicalValue(name, object[name])]);
}

/** Each value once; numbers and booleans as the texts that a condition compares. */
function sortedList(element: unknown, canonicalValue: (value: string) => string = (value) => value): readonly string[] {
  const values = listOf(element).map((value) =>
    isObject(value) ? canonicalJson(value) : canonicalValue(String(value)),
  );
  return [...new Set(values)].sort();
}
