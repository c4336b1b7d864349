import * as z from 'zod';

/**
 * The conditions of IAM's policy language that these simulators decide with; any other operator is refused when it is
 * read.
 *
 * Source: IAM user guide, "IAM JSON policy elements: Condition operators".
 */

type Comparison = (wanted: string, value: string) => boolean;

const equal: Comparison = (wanted, value) => wanted === value;
const equalInAnyCase: Comparison = (wanted, value) => wanted.toLowerCase() === value.toLowerCase();

/** Each also with `IfExists` behind it; those with `Not` in their name say the opposite. */
const comparisons = new Map<string, Comparison>([
  ['StringEquals', equal],
  ['StringEqualsIgnoreCase', equalInAnyCase],
  ['StringLike', matches],
  ['ArnEquals', matches],
  ['ArnLike', matches],
  ['Bool', equalInAnyCase],
]);

const value = z.union([z.string(), z.boolean(), z.number()]).transform(String);
const values = z.union([value.transform((one) => [one]), z.array(value)]);

function isKnown(operator: string): boolean {
  return operator === 'Null' || comparisons.has(parts(operator).comparison);
}

export const condition = z.record(
  z.string().refine(isKnown, 'no operator that is known here'),
  z.record(z.string(), values),
);

export type Conditions = z.output<typeof condition>;

/** Values of condition keys, such as `sts:ExternalId`; absent ones are left out. */
export type ConditionContext = Readonly<Record<string, string>>;

/** Every operator and every key must hold; of the values one is enough. Keys do not tell upper from lower case. */
export function holds(conditions: Conditions, context: ConditionContext): boolean {
  const present = new Map(Object.entries(context).map(([key, one]) => [key.toLowerCase(), one]));
  return Object.entries(conditions).every(([operator, wantedByKey]) =>
    Object.entries(wantedByKey).every(([key, wanted]) => holdsFor(operator, wanted, present.get(key.toLowerCase()))),
  );
}

/** A key without a value fulfils `Null`, `…IfExists` and what says `Not`, and nothing else. */
function holdsFor(operator: string, wanted: readonly string[], present: string | undefined): boolean {
  if (operator === 'Null') return wanted.includes(String(present === undefined));
  const { comparison, isOpposite, isIfExists } = parts(operator);
  if (present === undefined) return isOpposite || isIfExists;
  const compare = comparisons.get(comparison) ?? equal;
  return wanted.some((one) => compare(one, present)) !== isOpposite;
}

function parts(operator: string): {
  readonly comparison: string;
  readonly isOpposite: boolean;
  readonly isIfExists: boolean;
} {
  const isIfExists = operator.endsWith('IfExists');
  const name = isIfExists ? operator.slice(0, -'IfExists'.length) : operator;
  const comparison = name.replace(/^(String|Arn)Not/, '$1');
  return { comparison, isOpposite: comparison !== name, isIfExists };
}

/** `*` stands for any characters, `?` for one. */
export function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
