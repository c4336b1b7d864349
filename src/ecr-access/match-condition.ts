import { allOf, anyOf, isLike, matchOf, not } from './match.ts';
import type { Match } from './match.ts';
import { isObject, listOf } from './policy-document.ts';

/** Values of condition keys that are known, by their names in lower case. What is not in it may be anything, or missing. */
export type KnownContext = Readonly<Record<string, string>>;

/** By their names without `Not`; all others are beyond us. */
const operators: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringEqualsIgnoreCase: isSameIgnoringCase,
  StringLike: isLike,
  ArnEquals: isArnLike,
  ArnLike: isArnLike,
  Bool: isSameIgnoringCase,
};

/** All keys of all operators must match: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html */
export function matchCondition(condition: unknown, context: KnownContext): Match {
  if (condition === undefined) return 'yes';
  if (!isObject(condition)) return 'unknown';
  return allOf(
    Object.entries(condition).flatMap(([operator, keys]): readonly Match[] => {
      if (!isObject(keys)) return ['unknown'];
      return Object.entries(keys).map(([key, values]) => matchKey(operator, context[key.toLowerCase()], values));
    }),
  );
}

/** One of the values must match; of an operator with `Not`, none may. */
function matchKey(operator: string, known: string | undefined, values: unknown): Match {
  const isNegated = operator.startsWith('StringNot') || operator.startsWith('ArnNot');
  const compare = operators[isNegated ? operator.replace('Not', '') : operator];
  if (compare === undefined || known === undefined) return 'unknown';
  const match = anyOf(
    listOf(values).map((value) => {
      const wanted = String(value);
      // A policy variable.
      return wanted.includes('${') ? 'unknown' : matchOf(compare(known, wanted));
    }),
  );
  return isNegated ? not(match) : match;
}

/** Each of the six parts by itself: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN */
function isArnLike(value: string, pattern: string): boolean {
  const parts = arnParts(value);
  const wanted = arnParts(pattern);
  return parts.length === wanted.length && wanted.every((part, index) => isLike(parts[index] ?? '', part));
}

function arnParts(arn: string): readonly string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

function isSameIgnoringCase(value: string, wanted: string): boolean {
  return value.toLowerCase() === wanted.toLowerCase();
}
