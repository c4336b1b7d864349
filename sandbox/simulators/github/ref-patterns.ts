/**
 * `fnmatch` as rulesets use it: `*` stays within one part of a path, `**` with a slash behind it stands for any folders.
 *
 * Source: docs.github.com, "Creating rulesets for a repository" (Using fnmatch syntax).
 */
export function matchesPath(pattern: string, path: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('**/', '\0')
    .replaceAll(/\*+/g, '[^/]*')
    .replaceAll('?', '[^/]')
    .replaceAll('\0', '(?:[^/]+/)*');
  return new RegExp(`^${source}$`, 's').test(path);
}
