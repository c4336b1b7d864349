/** Update expressions of DynamoDB, as far as the adapters write them (developer guide, "Update expressions"). */
import type { Item } from '../../src/adapters/fleet-table.ts';
import { operandOf, pathOf, wordsOf } from './table-expressions.ts';
import type { Operand, Path, Substitutes, Words } from './table-expressions.ts';

type Change = (before: Item, item: Item, substitutes: Substitutes) => Item;

const updates = new Map<string, readonly Change[]>();

/** The item after the update; all that the expression reads is as it was before. */
export function updated(before: Item, expression: string, substitutes: Substitutes): Item {
  const changes = updates.get(expression) ?? changesOf(expression);
  updates.set(expression, changes);
  return changes.reduce((item, change) => change(before, item, substitutes), before);
}

function changesOf(expression: string): readonly Change[] {
  const words = wordsOf(expression);
  const changes: Change[] = [];
  while (words.peek() !== undefined) {
    const read = clauses[words.take()];
    if (!read) throw new Error(`${expression}: not known here`);
    do changes.push(read(words));
    while (words.takeIf(','));
  }
  return changes;
}

const clauses: Readonly<Record<string, (words: Words) => Change>> = { SET: set, ADD: add, REMOVE: remove };

function set(words: Words): Change {
  const path = pathOf(words);
  words.take('=');
  const value = words.takeIf('if_not_exists') ? ifNotExists(words) : operandOf(words);
  return (before, item, of) => withValue(item, path(of), required(value(before, of)));
}

function ifNotExists(words: Words): Operand {
  words.take('(');
  const present = operandOf(words);
  words.take(',');
  const otherwise = operandOf(words);
  words.take(')');
  return (item, of) => present(item, of) ?? otherwise(item, of);
}

function add(words: Words): Change {
  const path: Path = pathOf(words);
  const value = operandOf(words);
  return (before, item, of) => {
    const [name = ''] = path(of);
    const [present, more] = [before[name], value(before, of)];
    if (more instanceof Set) {
      return withValue(item, [name], new Set([...(present instanceof Set ? present : []), ...more]));
    }
    return withValue(item, [name], Number(present ?? 0) + Number(more));
  };
}

function remove(words: Words): Change {
  const path = pathOf(words);
  return (_before, item, of) => withValue(item, path(of), undefined);
}

function required(value: unknown): unknown {
  if (value === undefined) throw new Error('an update sets what it was not given');
  return value;
}

/** Without a value: without the field. DynamoDB makes no map that a path goes through. */
function withValue(item: Item, [name = '', ...rest]: readonly string[], value: unknown): Item {
  if (rest.length > 0) {
    const inner = item[name];
    if (typeof inner !== 'object' || inner === null) throw new Error(`an update goes through a missing ${name}`);
    return { ...item, [name]: withValue(inner as Item, rest, value) };
  }
  if (value !== undefined) return { ...item, [name]: value };
  const { [name]: _gone, ...others } = item;
  return others;
}
