export type PolicyStatement = Readonly<Record<string, unknown>>;

/** A policy as it was read: unknown fields, spellings and the order of keys are kept. */
export interface PolicyDocument {
  /** All of the document, `Statement` included: it marks the place where the statements go. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly statements: readonly PolicyStatement[];
}

export type ReadDocument =
  | { readonly kind: 'read'; readonly document: PolicyDocument }
  | { readonly kind: 'unreadable'; readonly detail: string };

/** A repository without a policy, as far as its statements go. */
export const noPolicy: PolicyDocument = { fields: { Version: '2012-10-17', Statement: [] }, statements: [] };

/**
 * Reads a policy's text. A single statement need not stand in a list
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html). What is no policy is `unreadable`:
 * somebody meant something by it, so that nobody may write over it.
 */
export function readPolicyDocument(text: string): ReadDocument {
  const fields = parsed(text);
  if (!isObject(fields)) return unreadable('The policy is not a JSON object.');
  if (fields.Statement === undefined) return unreadable('The policy has no `Statement`.');
  const statements = listOf(fields.Statement);
  if (!statements.every(isObject)) return unreadable('A statement in the policy is not a JSON object.');
  return { kind: 'read', document: { fields, statements } };
}

/** As callers see it; `null`: there is none, or it is no JSON. */
export function documentOf(text: string | undefined): unknown {
  return text === undefined ? null : (parsed(text) ?? null);
}

/** The shortest JSON text. */
export function policyText({ fields, statements }: PolicyDocument): string {
  return JSON.stringify({ ...fields, Statement: statements });
}

/** Most elements of a policy are a value or a list of values; both mean the same. */
export function listOf(element: unknown): readonly unknown[] {
  return Array.isArray(element) ? element : [element];
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreadable(detail: string): ReadDocument {
  return { kind: 'unreadable', detail };
}
