import { GitHubError, unprocessable } from './github-error.ts';
import type { Actor } from './github-actor.ts';
import type { BranchProtection, GitHubState, Repository, Rule, Ruleset } from './github-state.ts';
import { changedPaths, logOf } from './object-store.ts';
import { matchesPath } from './ref-patterns.ts';

/** A ref that is to be made (`old` absent), moved or taken away (`id` absent). */
export interface RefChange {
  readonly ref: string;
  readonly old: string | undefined;
  readonly id: string | undefined;
  readonly isForced: boolean;
}

/**
 * "Rulesets are available in public repositories with GitHub Free …, and in public and private repositories with GitHub
 * Pro, GitHub Team" (docs.github.com, "About rulesets"; "About protected branches" says the same).
 */
function isBeyondPlan(state: GitHubState, { owner, isPrivate }: Repository): boolean {
  return isPrivate && state.owners.get(owner.toLowerCase())?.plan === 'free';
}

/** Whoever asks for rules that the plan does not have hears this, and not that there are none (github/branch-deploy#345). */
export function requirePlanWithRules(state: GitHubState, repository: Repository): void {
  if (!isBeyondPlan(state, repository)) return;
  throw new GitHubError(403, 'Upgrade to GitHub Pro or make this repository public to enable this feature.');
}

/** Rulesets of the repository and of its organization that are active for a branch. */
export function rulesetsFor(state: GitHubState, repository: Repository, branch: string): Ruleset[] {
  return rulesetsOf(state, repository).filter(
    ({ target, enforcement, conditions }) =>
      target === 'branch' &&
      enforcement === 'active' &&
      conditions.include.some((pattern) => matchesRef(pattern, repository, branch)) &&
      !conditions.exclude.some((pattern) => matchesRef(pattern, repository, branch)),
  );
}

export function rulesetsOf(state: GitHubState, repository: Repository): Ruleset[] {
  if (isBeyondPlan(state, repository)) return [];
  return [...state.rulesets.values()].filter(({ source }) =>
    'owner' in source ? source.owner === repository.owner : source.repository === repository.id,
  );
}

function matchesRef(pattern: string, repository: Repository, branch: string): boolean {
  if (pattern === '~ALL') return true;
  if (pattern === '~DEFAULT_BRANCH') return branch === repository.defaultBranch;
  return matchesPath(pattern, `refs/heads/${branch}`);
}

/** docs.github.com, "About rulesets": who may pass a ruleset by; pull requests are nothing that pushes. */
export function bypasses({ bypassActors }: Ruleset, actor: Actor): boolean {
  return bypassActors.some(({ actor_type: type, actor_id: id, bypass_mode: mode }) => {
    if (mode === 'pull_request') return false;
    return actor.kind === 'installation'
      ? type === 'Integration' && String(id) === actor.app.appId
      : type === 'OrganizationAdmin';
  });
}

/** Throws what GitHub answers where rules or classic protection stand against a change of a branch. */
export function checkRules(
  state: GitHubState,
  { repository, actor }: { repository: Repository; actor: Actor },
  change: RefChange,
): void {
  if (!change.ref.startsWith('refs/heads/')) return;
  const branch = change.ref.slice('refs/heads/'.length);
  const pushed = rulesetsOf(state, repository).filter(
    ({ target, enforcement }) => target === 'push' && enforcement === 'active',
  );
  const violations = [...rulesetsFor(state, repository, branch), ...pushed]
    .filter((ruleset) => !bypasses(ruleset, actor))
    .flatMap(({ rules }) => rules.flatMap((rule) => violationsOf(rule, repository, change)));
  if (violations.length > 0) {
    // Seen at satisfactory-factories/application#67 for this very call.
    throw unprocessable(`Repository rule violations found\n\n${[...new Set(violations)].join('\n\n')}\n\n`);
  }
  const protection = repository.protections.get(branch);
  if (protection && !isBeyondPlan(state, repository)) checkProtection(protection, actor, change);
}

/** In the words that `git push` shows (GH013) in the issues of many projects; docs.github.com, "Available rules". */
function violationsOf(rule: Rule, repository: Repository, change: RefChange): string[] {
  const isUpdate = change.old !== undefined && change.id !== undefined;
  switch (rule.type) {
    case 'creation':
      return change.old === undefined ? ['Cannot create ref due to creations being restricted.'] : [];
    case 'update':
      return isUpdate ? ['Cannot update this protected ref.'] : [];
    case 'deletion':
      return change.id === undefined ? ['Cannot delete this protected ref.'] : [];
    case 'non_fast_forward':
      return change.isForced ? ['Cannot force-push to this branch'] : [];
    case 'pull_request':
      return isUpdate ? ['Changes must be made through a pull request.'] : [];
    case 'merge_queue':
      return isUpdate ? ['Changes must be made through the merge queue'] : [];
    case 'required_status_checks':
      return isUpdate ? missingChecks(checksOf(rule)) : [];
    case 'required_signatures':
      return newCommits(repository, change).every((id) => repository.objects.commits.get(id)?.isVerified)
        ? []
        : ['Commits must have verified signatures.'];
    case 'file_path_restriction':
      return restrictedPaths(rule, repository, change);
    default:
      return [];
  }
}

function checksOf({ parameters }: Rule): string[] {
  const checks = parameters?.['required_status_checks'];
  return Array.isArray(checks) ? checks.map((check: { context?: unknown }) => String(check.context)) : [];
}

function missingChecks(checks: readonly string[]): string[] {
  if (checks.length === 0) return [];
  const [only] = checks;
  return checks.length === 1
    ? [`Required status check "${only}" is expected.`]
    : [`${checks.length} of ${checks.length} required status checks are expected.`];
}

function restrictedPaths({ parameters }: Rule, repository: Repository, change: RefChange): string[] {
  const patterns = parameters?.['restricted_file_paths'];
  if (!Array.isArray(patterns) || change.id === undefined) return [];
  const restricted = changedPaths(repository.objects, change.old, change.id).filter((path) =>
    patterns.some((pattern) => matchesPath(String(pattern).replace(/^\//, ''), path)),
  );
  return restricted.length === 0
    ? []
    : [`File path is restricted\n${restricted.map((path) => `- ${path}`).join('\n')}`];
}

function newCommits({ objects }: Repository, { old, id }: RefChange): string[] {
  if (id === undefined) return [];
  const known = new Set(old === undefined ? [] : logOf(objects, old));
  return logOf(objects, id).filter((commit) => !known.has(commit));
}

/**
 * Classic protection answers 422 as well, "not authorized to push" included: dependabot/dependabot-core#1790 and #3998
 * tell these apart by their text.
 */
function checkProtection(protection: BranchProtection, actor: Actor, change: RefChange): void {
  const refusals = [
    ...(protection.isLocked ? ['Cannot change this locked branch'] : []),
    ...(change.isForced && !protection.allowsForcePushes ? ['Cannot force-push to this branch'] : []),
    ...(change.id === undefined ? ['Cannot delete this branch'] : []),
    ...(protection.requiredReviews === undefined ? [] : ['Changes must be made through a pull request.']),
    ...missingChecks(protection.requiredChecks ?? []),
    ...(mayPush(protection, actor)
      ? []
      : [
          `You're not authorized to push to this branch. Visit https://docs.github.com/articles/about-protected-branches/ for more information.`,
        ]),
  ];
  // "Do not allow bypassing the above settings" is off by default; administrators are people here, never Apps.
  const isAbove = actor.kind === 'user' && !protection.bindsAdministrators;
  const [refusal] = isAbove ? [] : refusals;
  if (refusal !== undefined) throw new GitHubError(422, refusal);
}

function mayPush({ restrictions }: BranchProtection, actor: Actor): boolean {
  if (!restrictions) return true;
  return actor.kind === 'installation'
    ? restrictions.apps.includes(actor.app.slug)
    : restrictions.users.includes(actor.owner.login);
}
