/** JSON is never changed in place here: what stays the same is shared between one state and the next. */
export type Json = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function recordAt(value: unknown, field: string): Json {
  const inner = isRecord(value) ? value[field] : undefined;
  return isRecord(inner) ? inner : {};
}

export function recordsAt(value: unknown, field: string): readonly Json[] {
  const inner = isRecord(value) ? value[field] : undefined;
  return Array.isArray(inner) ? inner.filter(isRecord) : [];
}

/** Empty where there is none. */
export function stringAt(value: unknown, field: string): string {
  const inner = isRecord(value) ? value[field] : undefined;
  return typeof inner === 'string' ? inner : '';
}

export function stringsAt(value: unknown, field: string): readonly string[] {
  const inner = isRecord(value) ? value[field] : undefined;
  return Array.isArray(inner) ? inner.filter((one) => typeof one === 'string') : [];
}

/** Without the field; the same object where there is none. */
export function without(value: Json, ...fields: readonly string[]): Json {
  if (!fields.some((field) => field in value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([field]) => !fields.includes(field)));
}

/** The order of fields does not count. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one)) {
    return Array.isArray(other) && one.length === other.length && one.every((item, at) => isSame(item, other[at]));
  }
  if (!isRecord(one) || !isRecord(other)) return false;
  const fields = Object.keys(one);
  return (
    fields.length === Object.keys(other).length &&
    fields.every((field) => Object.hasOwn(other, field) && isSame(one[field], other[field]))
  );
}

/** JSON merge patch (RFC 7386). What does not change stays the same object. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return isSame(target, patch) ? target : patch;
  const base = isRecord(target) ? target : {};
  const result = new Map(Object.entries(base));
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) result.delete(field);
    else result.set(field, mergePatch(result.get(field), value));
  }
  const isUnchanged =
    isRecord(target) &&
    result.size === Object.keys(base).length &&
    [...result].every(([field, value]) => base[field] === value);
  return isUnchanged ? target : Object.fromEntries(result);
}
