import { type FieldSet, fieldsOf, isEmptySet, isGranular, itemSegment, noFields, shapeAt } from './field-sets.ts';
import type { Shape } from './field-shapes.ts';
import { isRecord, isSame, type Json } from './json.ts';

/** What is applied laid over what is there; the same value where that changes nothing (structured-merge-diff `Merge`). */
export function mergeApplied(live: unknown, applied: unknown, shape: Shape): unknown {
  if (isGranular(applied, shape)) {
    if (Array.isArray(applied) && Array.isArray(live)) return mergeLists(live, applied, shape);
    if (isRecord(applied) && isRecord(live)) return mergeMaps(live, applied, shape);
  }
  return isSame(live, applied) ? live : applied;
}

function mergeMaps(live: Json, applied: Json, shape: Shape): Json {
  const changed: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(applied)) {
    const merged = mergeApplied(live[field], value, shapeAt(shape, field));
    if (merged !== live[field] || !Object.hasOwn(live, field)) changed[field] = merged;
  }
  return Object.keys(changed).length === 0 ? live : { ...live, ...changed };
}

/** Applied items in their order; an item of others comes before the applied ones that it met last (`mergeListItems`). */
function mergeLists(live: readonly unknown[], applied: readonly unknown[], shape: Shape): readonly unknown[] {
  const segments = live.map((item) => itemSegment(item, shape));
  const places = new Map(segments.map((segment, at) => [segment, at]));
  const wanted = new Set(applied.map((item) => itemSegment(item, shape)));
  const merged = new Set<string | undefined>();
  const result: unknown[] = [];
  let next = 0;
  const keepOthers = (): void => {
    for (; next < live.length; next += 1) {
      if (!wanted.has(segments[next])) result.push(live[next]);
      else if (!merged.has(segments[next])) return;
    }
  };
  for (const item of applied) {
    keepOthers();
    const segment = itemSegment(item, shape);
    const at = places.get(segment);
    result.push(at === undefined ? item : mergeApplied(live[at], item, shape.items ?? {}));
    merged.add(segment);
  }
  keepOthers();
  const isUnchanged = result.length === live.length && result.every((item, at) => item === live[at]);
  return isUnchanged ? live : result;
}

/**
 * Takes away what `dropped` has and nobody owns any more. A place that goes takes with it what nobody owns below it
 * (structured-merge-diff `Updater.prune`).
 */
export function removeFields(value: unknown, dropped: FieldSet, options: { owned: FieldSet; shape: Shape }): unknown {
  const { owned, shape } = options;
  const below = (inner: unknown, segment: string, innerShape: Shape): { readonly kept: unknown } | undefined => {
    const lost = dropped[segment];
    if (lost === undefined) return { kept: inner };
    const held = owned[segment];
    if (held === undefined) return undefined;
    return { kept: removeFields(inner, lost, { owned: held, shape: innerShape }) };
  };
  if (isEmptySet(dropped) || !isGranular(value, shape)) return value;
  if (Array.isArray(value)) {
    const items = value.flatMap((item: unknown) => {
      const left = below(item, itemSegment(item, shape) ?? '', shape.items ?? {});
      return left ? [left.kept] : [];
    });
    return items.length === value.length && items.every((item, at) => item === value[at]) ? value : items;
  }
  if (!isRecord(value)) return value;
  const fields = Object.entries(value).flatMap(([field, inner]) => {
    const left = below(inner, `f:${field}`, shapeAt(shape, field));
    return left ? [[field, left.kept] as const] : [];
  });
  const isUnchanged = fields.length === Object.keys(value).length && fields.every(([field, v]) => v === value[field]);
  return isUnchanged ? value : Object.fromEntries(fields);
}

export interface Changes {
  /** Fields that are new or have another value. */
  readonly set: FieldSet;
  readonly removed: FieldSet;
}

const none: Changes = { set: noFields, removed: noFields };

/** What differs between two states of a value, field by field (structured-merge-diff `Compare`). */
export function changesBetween(before: unknown, after: unknown, shape: Shape): Changes | undefined {
  if (isSame(before, after)) return undefined;
  if (!isGranular(before, shape) || !isGranular(after, shape)) {
    return { set: fieldsOf(after, shape), removed: noFields };
  }
  const [old, now] = [partsOf(before, shape), partsOf(after, shape)];
  if (!old || !now) return none;
  const set: Record<string, FieldSet> = {};
  const removed: Record<string, FieldSet> = {};
  for (const [segment, part] of now) {
    const earlier = old.get(segment);
    if (!earlier) {
      set[segment] = whole(part);
      continue;
    }
    const changes = changesBetween(earlier.value, part.value, part.shape);
    if (!changes) continue;
    if (!isEmptySet(changes.set) || isEmptySet(changes.removed)) set[segment] = changes.set;
    if (!isEmptySet(changes.removed)) removed[segment] = changes.removed;
  }
  for (const [segment, part] of old) {
    if (!now.has(segment)) removed[segment] = whole(part);
  }
  return { set, removed };
}

interface Part {
  readonly value: unknown;
  readonly shape: Shape;
}

function whole({ value, shape }: Part): FieldSet {
  const fields = fieldsOf(value, shape);
  return isEmptySet(fields) ? fields : { '.': {}, ...fields };
}

function partsOf(value: unknown, shape: Shape): ReadonlyMap<string, Part> | undefined {
  if (Array.isArray(value)) {
    return new Map(
      value.map((item: unknown) => [itemSegment(item, shape) ?? '', { value: item, shape: shape.items ?? {} }]),
    );
  }
  if (!isRecord(value)) return undefined;
  return new Map(
    Object.entries(value).map(([field, inner]) => [`f:${field}`, { value: inner, shape: shapeAt(shape, field) }]),
  );
}
