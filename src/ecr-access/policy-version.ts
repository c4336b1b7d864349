/**
 * The id of a kept document: sorts by time, and stands in a path, whose guard takes no colon:
 * `20270101T000000.000Z_01jd6z5k8q3v9x7m2n4p6r8t0w`.
 */
export function policyVersionId(at: string, token: string): string {
  return `${at.replaceAll(/[-:]/g, '')}_${token.toLowerCase()}`;
}
