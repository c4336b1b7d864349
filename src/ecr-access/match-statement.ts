import { isLike, matchOf, not } from './match.ts';
import type { Match } from './match.ts';
import { listOf } from './policy-document.ts';
import type { PolicyStatement } from './policy-document.ts';

/** Actions are compared without case: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html */
export function matchAction(statement: PolicyStatement, action: string): Match {
  const isNamed = (element: unknown): Match =>
    matchOf(listOf(element).some((pattern) => isLike(action.toLowerCase(), String(pattern).toLowerCase())));
  if (statement.Action !== undefined) return isNamed(statement.Action);
  return statement.NotAction === undefined ? 'unknown' : not(isNamed(statement.NotAction));
}

/** A statement in a repository's policy that names no resource means the repository. */
export function matchResource(statement: PolicyStatement, resource: string): Match {
  const isNamed = (element: unknown): Match => {
    const patterns = listOf(element).map(String);
    if (patterns.some((pattern) => !pattern.includes('${') && isLike(resource, pattern))) return 'yes';
    // A policy variable.
    return patterns.some((pattern) => pattern.includes('${')) ? 'unknown' : 'no';
  };
  if (statement.Resource !== undefined) return isNamed(statement.Resource);
  return statement.NotResource === undefined ? 'yes' : not(isNamed(statement.NotResource));
}
