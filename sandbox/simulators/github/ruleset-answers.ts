import { bypasses } from './branch-rules.ts';
import { type Actor, mayDo } from './github-actor.ts';
import { fullName, type GitHubState, type Ruleset } from './github-state.ts';

/** Where a rule comes from, as both endpoints say it. */
export function sourceOf(state: GitHubState, { source }: Ruleset) {
  if ('owner' in source) return { ruleset_source_type: 'Organization', ruleset_source: source.owner };
  const repository = state.repositories.get(source.repository);
  return { ruleset_source_type: 'Repository', ruleset_source: repository ? fullName(repository) : '' };
}

/**
 * "The bypass_actors property is only returned if the user making the API request has write access to the ruleset";
 * `current_user_can_bypass` tells everybody else. Lists have neither rules nor either of them.
 */
export function formatRuleset(state: GitHubState, ruleset: Ruleset, actor?: Actor): object {
  const { id, name, target, enforcement, conditions, rules, bypassActors } = ruleset;
  const { ruleset_source_type: source_type, ruleset_source: source } = sourceOf(state, ruleset);
  const short = { id, name, target, source_type, source, enforcement };
  if (!actor) return short;
  return {
    ...short,
    ...(target === 'push' ? {} : { conditions: { ref_name: conditions } }),
    rules,
    ...(mayDo(actor, 'administration', 'write') && { bypass_actors: bypassActors }),
    current_user_can_bypass: bypasses(ruleset, actor) ? 'always' : 'never',
  };
}
