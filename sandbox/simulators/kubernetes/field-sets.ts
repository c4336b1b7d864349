import { keyDefaults, type Shape } from './field-shapes.ts';
import { isRecord } from './json.ts';

/**
 * A set of fields as `managedFields` writes it (meta/v1 `FieldsV1`): `f:name` is a field, `k:{…}` an item of a list by
 * its keys, `v:…` one by its value, and `.` says that the place itself belongs to the set. A leaf is an empty object.
 */
export type FieldSet = Readonly<{ [segment: string]: FieldSet }>;

export const noFields: FieldSet = {};

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** The segment of an item of a list with keys; undefined where a key is missing, or where the list is atomic. */
export function itemSegment(item: unknown, shape: Shape): string | undefined {
  if (shape.isSet) return `v:${JSON.stringify(item)}`;
  if (!shape.keys || !isRecord(item)) return undefined;
  const keys = shape.keys.map((key) => [key, item[key] ?? keyDefaults[key]] as const);
  return `k:${JSON.stringify(Object.fromEntries(keys.toSorted(([a], [b]) => (a < b ? -1 : 1))))}`;
}

/** Is the value looked into, or one leaf? */
export function isGranular(value: unknown, shape: Shape): boolean {
  if (shape.isAtomic) return false;
  return Array.isArray(value) ? Boolean(shape.keys ?? shape.isSet) : isRecord(value);
}

export function shapeAt(shape: Shape, field: string): Shape {
  return shape.fields?.[field] ?? noShape;
}

const noShape: Shape = {};

/** All fields of a value, as whoever applies it comes to own them (structured-merge-diff `ToFieldSet`). */
export function fieldsOf(value: unknown, shape: Shape): FieldSet {
  if (!isGranular(value, shape)) return noFields;
  const set: Record<string, FieldSet> = {};
  if (Array.isArray(value)) {
    for (const item of value) {
      const segment = itemSegment(item, shape);
      if (segment !== undefined) set[segment] = shape.isSet ? noFields : { '.': {}, ...itemFields(item, shape) };
    }
  } else if (isRecord(value)) {
    for (const [field, inner] of Object.entries(value)) set[`f:${field}`] = fieldsOf(inner, shapeAt(shape, field));
  }
  return set;
}

function itemFields(item: unknown, shape: Shape): FieldSet {
  return fieldsOf(item, shape.items ?? noShape);
}

/** Is the place that the set stands for a member itself? A leaf is. */
function isMember(set: FieldSet): boolean {
  return '.' in set || isEmptySet(set);
}

export function union(one: FieldSet, other: FieldSet): FieldSet {
  if (one === other) return one;
  const result: Record<string, FieldSet> = { ...one };
  for (const [segment, inner] of Object.entries(other)) {
    const present = result[segment];
    result[segment] = present ? withMembership(union(present, inner), isMember(present) || isMember(inner)) : inner;
  }
  return result;
}

function withMembership(set: FieldSet, isIn: boolean): FieldSet {
  return isIn && !isMember(set) ? { '.': {}, ...set } : set;
}

/** The fields of `set` that are not in `taken`; `undefined` when none is left. */
export function difference(set: FieldSet, taken: FieldSet): FieldSet | undefined {
  const result: Record<string, FieldSet> = {};
  for (const [segment, inner] of Object.entries(set)) {
    const gone = segment === '.' ? undefined : taken[segment];
    if (gone === undefined) {
      result[segment] = inner;
      continue;
    }
    const left = differenceBelow(inner, gone);
    if (left) result[segment] = left;
  }
  return isEmptySet(result) ? undefined : result;
}

function differenceBelow(set: FieldSet, gone: FieldSet): FieldSet | undefined {
  const stays = isMember(set) && !isMember(gone);
  const { '.': _, ...children } = set;
  const left = difference(children, gone);
  if (left) return stays ? { '.': {}, ...left } : left;
  return stays ? noFields : undefined;
}

/** Paths of the fields that both have, in the words of conflicts: `.spec.containers[name="manager"].image`. */
export function commonPaths(one: FieldSet, other: FieldSet): readonly string[] {
  return Object.keys(one)
    .filter((segment) => segment !== '.')
    .flatMap((segment) => {
      const [left, right] = [one[segment], other[segment]];
      if (!left || !right) return [];
      const own = isMember(left) && isMember(right) ? [''] : [];
      return [...own, ...commonPaths(left, right)].map((path) => `${spelled(segment)}${path}`);
    });
}

function spelled(segment: string): string {
  const rest = segment.slice(2);
  if (segment.startsWith('f:')) return `.${rest}`;
  if (segment.startsWith('v:')) return `[=${rest}]`;
  const keys: unknown = JSON.parse(rest);
  const words = Object.entries(isRecord(keys) ? keys : {}).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `[${words.join(',')}]`;
}
