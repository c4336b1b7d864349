/** The same in their order, from another place each minute: what is cut short has not left out the same ones always. */
export function inTurn<T>(items: readonly T[], now: Date): readonly T[] {
  const first = (Math.floor(now.getTime() / 60_000) * 7919) % Math.max(items.length, 1);
  return [...items.slice(first), ...items.slice(0, first)];
}
