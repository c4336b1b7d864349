/**
 * The gateway authorises callers by method and path, so what was authorised must be what is routed: a path that could
 * be read in two ways is refused before anything decodes it (design §4).
 */
export function isPlainPath(rawPath: string): boolean {
  return /^\/[A-Za-z0-9/._-]*$/.test(rawPath) && !rawPath.includes('//') && !rawPath.includes('/.');
}
