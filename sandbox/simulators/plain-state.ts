/** Maps and dates as JSON can hold them. */
export function toPlain(value: unknown): unknown {
  if (value instanceof Map) return { $map: [...value].map((pair) => pair.map(toPlain)) };
  if (value instanceof Date) return { $date: value.toISOString() };
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, toPlain(field)]));
}

/** What `toPlain` made of it, also after it was JSON. */
export function fromPlain(plain: unknown): unknown {
  if (Array.isArray(plain)) return plain.map(fromPlain);
  if (typeof plain !== 'object' || plain === null) return plain;
  if ('$date' in plain) return new Date(String(plain.$date));
  if ('$map' in plain && Array.isArray(plain.$map)) {
    return new Map(plain.$map.map((pair) => fromPlain(pair) as [unknown, unknown]));
  }
  return Object.fromEntries(Object.entries(plain).map(([name, field]) => [name, fromPlain(field)]));
}
