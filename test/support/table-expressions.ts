/** The part of DynamoDB's expressions that the adapters write (DynamoDB developer guide, "Condition and filter expressions"). */
import type { Item } from '../../src/adapters/fleet-table.ts';

export interface Substitutes {
  readonly names?: Readonly<Record<string, string>> | undefined;
  readonly values?: Readonly<Record<string, unknown>> | undefined;
}

export type Holds = (item: Item, substitutes: Substitutes) => boolean;
export type Operand = (item: Item, substitutes: Substitutes) => unknown;
export type Path = (substitutes: Substitutes) => readonly string[];

/** Words of an expression, read one after another. */
export interface Words {
  peek(): string | undefined;
  take(expected?: string): string;
  takeIf(word: string): boolean;
}

export function wordsOf(expression: string): Words {
  const words = expression.match(/[#:]?\w+|<=|>=|<>|[(),.=<>]/g) ?? [];
  let next = 0;
  const peek = () => words[next];
  return {
    peek,
    take(expected) {
      const word = words[next];
      if (word === undefined || (expected !== undefined && word !== expected)) {
        throw new Error(`${expression}: ${expected ?? 'a word'} is missing at word ${next}`);
      }
      next += 1;
      return word;
    },
    takeIf(word) {
      if (peek() !== word) return false;
      next += 1;
      return true;
    },
  };
}

const conditions = new Map<string, Holds>();

export function conditionOf(expression: string): Holds {
  const known = conditions.get(expression);
  if (known) return known;
  const words = wordsOf(expression);
  const holds = eitherOf(words);
  if (words.peek() !== undefined) throw new Error(`${expression}: ${words.peek()} is not expected`);
  conditions.set(expression, holds);
  return holds;
}

function eitherOf(words: Words): Holds {
  const parts = [allOf(words)];
  while (words.takeIf('OR')) parts.push(allOf(words));
  return parts.length === 1 && parts[0] ? parts[0] : (item, of) => parts.some((holds) => holds(item, of));
}

function allOf(words: Words): Holds {
  const parts = [oneOf(words)];
  while (words.takeIf('AND')) parts.push(oneOf(words));
  return parts.length === 1 && parts[0] ? parts[0] : (item, of) => parts.every((holds) => holds(item, of));
}

const functions: Readonly<Record<string, (value: unknown, other: unknown) => boolean>> = {
  attribute_exists: (value) => value !== undefined,
  attribute_not_exists: (value) => value === undefined,
  begins_with: (value, start) => typeof value === 'string' && value.startsWith(String(start)),
  contains: (value, part) =>
    value instanceof Set ? value.has(part) : typeof value === 'string' && value.includes(String(part)),
};

function oneOf(words: Words): Holds {
  if (words.takeIf('(')) {
    const inside = eitherOf(words);
    words.take(')');
    return inside;
  }
  const test = functions[words.peek() ?? ''];
  return test ? functionOf(words, test) : comparisonOf(words);
}

function functionOf(words: Words, test: (value: unknown, other: unknown) => boolean): Holds {
  words.take();
  words.take('(');
  const value = operandOf(words);
  const other: Operand = words.takeIf(',') ? operandOf(words) : () => undefined;
  words.take(')');
  return (item, of) => test(value(item, of), other(item, of));
}

const comparisons: Readonly<Record<string, (one: string | number, other: string | number) => boolean>> = {
  '<': (one, other) => one < other,
  '<=': (one, other) => one <= other,
  '>': (one, other) => one > other,
  '>=': (one, other) => one >= other,
};

function comparisonOf(words: Words): Holds {
  const left = operandOf(words);
  const sign = words.take();
  if (sign === 'IN') {
    words.take('(');
    const others = [operandOf(words)];
    while (words.takeIf(',')) others.push(operandOf(words));
    words.take(')');
    return (item, of) => others.some((other) => isEqual(left(item, of), other(item, of)));
  }
  const right = operandOf(words);
  if (sign === '=') return (item, of) => isEqual(left(item, of), right(item, of));
  if (sign === '<>') return (item, of) => !isEqual(left(item, of), right(item, of));
  if (sign === 'BETWEEN') {
    words.take('AND');
    const last = operandOf(words);
    return (item, of) =>
      compared('<=', right(item, of), left(item, of)) && compared('<=', left(item, of), last(item, of));
  }
  return (item, of) => compared(sign, left(item, of), right(item, of));
}

/** What is not there equals nothing. */
function isEqual(one: unknown, other: unknown): boolean {
  return one !== undefined && one === other;
}

function compared(sign: string, one: unknown, other: unknown): boolean {
  const isComparable = (typeof one === 'string' || typeof one === 'number') && typeof one === typeof other;
  return isComparable && comparisons[sign]?.(one, other as string | number) === true;
}

/** A value that was given, or what stands at a path. */
export function operandOf(words: Words): Operand {
  if (words.peek()?.startsWith(':')) {
    const name = words.take();
    return (_item, { values = {} }) => values[name];
  }
  const path = pathOf(words);
  return (item, of) => path(of).reduce<unknown>(fieldOf, item);
}

export function pathOf(words: Words): Path {
  const parts = [words.take()];
  while (words.takeIf('.')) parts.push(words.take());
  return ({ names = {} }) => parts.map((part) => (part.startsWith('#') ? (names[part] ?? part) : part));
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
