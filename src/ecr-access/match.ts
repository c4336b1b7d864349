/** The answer to a question of which not all is known. */
export type Match = 'yes' | 'no' | 'unknown';

/** One no is enough; yes only where all say so. */
export function allOf(matches: readonly Match[]): Match {
  if (matches.includes('no')) return 'no';
  return matches.includes('unknown') ? 'unknown' : 'yes';
}

/** One yes is enough; no only where all say so. */
export function anyOf(matches: readonly Match[]): Match {
  if (matches.includes('yes')) return 'yes';
  return matches.includes('unknown') ? 'unknown' : 'no';
}

export function not(match: Match): Match {
  if (match === 'unknown') return 'unknown';
  return match === 'yes' ? 'no' : 'yes';
}

export function matchOf(isMatch: boolean): Match {
  return isMatch ? 'yes' : 'no';
}

/**
 * `*` stands for any characters, `?` for one
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html).
 */
export function isLike(value: string, pattern: string): boolean {
  // The usual two-pointer walk: a regular expression of many stars could take for ever.
  let at = 0;
  let patternAt = 0;
  let star = -1;
  let starredUntil = 0;
  while (at < value.length) {
    if (pattern[patternAt] === '*') {
      star = patternAt;
      patternAt += 1;
      starredUntil = at;
    } else if (patternAt < pattern.length && (pattern[patternAt] === '?' || pattern[patternAt] === value[at])) {
      at += 1;
      patternAt += 1;
    } else if (star >= 0) {
      patternAt = star + 1;
      starredUntil += 1;
      at = starredUntil;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(patternAt));
}
