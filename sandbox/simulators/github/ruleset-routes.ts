import type { Hono } from 'hono';
import * as z from 'zod';

import { type GitHubCore, nextId } from './github-core.ts';
import { readBody, repositoryRoute } from './github-request.ts';
import type { Rule, Ruleset } from './github-state.ts';
import { requirePlanWithRules } from './branch-rules.ts';
import { formatRuleset } from './ruleset-answers.ts';

const rulesetBody = z.object({
  name: z.string(),
  target: z.enum(['branch', 'tag', 'push']).default('branch'),
  enforcement: z.enum(['active', 'evaluate', 'disabled']),
  bypass_actors: z
    .array(
      z.object({
        actor_id: z.int().nullable(),
        actor_type: z.enum(['Integration', 'OrganizationAdmin', 'RepositoryRole', 'Team', 'DeployKey']),
        bypass_mode: z.enum(['always', 'pull_request', 'exempt']).default('always'),
      }),
    )
    .default([]),
  conditions: z
    .object({ ref_name: z.object({ include: z.array(z.string()), exclude: z.array(z.string()) }) })
    .default({ ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } }),
  rules: z.array(z.object({ type: z.string(), parameters: z.record(z.string(), z.unknown()).optional() })).default([]),
});

/** "Create a repository ruleset". */
export function rulesetCreation(app: Hono, core: GitHubCore): void {
  repositoryRoute(app, core, {
    ...{ method: 'POST', path: '/rulesets', action: 'github:CreateRuleset', createsContent: true },
    needs: { permission: 'administration', level: 'write' },
    perform({ repository, actor, body }) {
      requirePlanWithRules(core.state, repository);
      const { bypass_actors: bypassActors, conditions, rules, ...named } = readBody(rulesetBody, body);
      const ruleset: Ruleset = {
        ...named,
        ...{ id: nextId(core.state), source: { repository: repository.id }, bypassActors },
        conditions: conditions.ref_name,
        rules: rules.map(({ type, parameters }): Rule => ({ type, ...(parameters && { parameters }) })),
      };
      core.state.rulesets.set(ruleset.id, ruleset);
      core.onChange();
      return { status: 201, body: formatRuleset(core.state, ruleset, actor) };
    },
  });
}
