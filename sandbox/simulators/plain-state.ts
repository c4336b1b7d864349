/** Maps, dates and bytes as JSON can hold them, and back; everything else in a simulator's state is plain already. */
type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };

export function toPlain(value: unknown): Plain {
  if (value instanceof Map) return { $map: [...value].map((pair) => pair.map(toPlain)) };
  if (value instanceof Date) return { $date: value.toISOString() };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return Object.fromEntries(fields.map(([name, field]) => [name, toPlain(field)]));
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value === null || value === undefined) return null;
  throw new TypeError(`a ${typeof value} can stand in no snapshot`);
}

/** What `toPlain` made of it, also after it was JSON. */
export function fromPlain(plain: unknown): unknown {
  if (Array.isArray(plain)) return plain.map(fromPlain);
  if (typeof plain !== 'object' || plain === null) return plain;
  const fields = Object.entries(plain);
  const [[name, value] = []] = fields;
  if (name === '$map' && Array.isArray(value)) {
    return new Map(value.map((pair) => fromPlain(pair) as [unknown, unknown]));
  }
  if (name === '$date' && typeof value === 'string') return new Date(value);
  if (name === '$bytes' && typeof value === 'string') return Buffer.from(value, 'base64');
  return Object.fromEntries(fields.map(([field, content]) => [field, fromPlain(content)]));
}
