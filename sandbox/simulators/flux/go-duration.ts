const millisecondsByUnit: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** A duration as Go and Flux's CRDs write it (`1m30s`), in milliseconds; undefined when it is none. */
export function parseGoDuration(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^(?:\d+(?:\.\d+)?(?:ms|[hms]))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (millisecondsByUnit[unit ?? ''] ?? 0),
    0,
  );
}

/** As Go prints it (`time.Duration.String`): `9m30s`, `1h0m0s`, `250ms`, `0s`. */
export function formatGoDuration(milliseconds: number): string {
  if (milliseconds > 0 && milliseconds < 1000) return `${milliseconds}ms`;
  const hours = Math.floor(milliseconds / 3_600_000);
  const minutes = Math.floor(milliseconds / 60_000) % 60;
  const seconds = (milliseconds % 60_000) / 1000;
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
