import * as z from 'zod';
import {
  type GitHubAnswer,
  type GitHubRequest,
  isAbsent,
  isSuccess,
  nameOf,
  placeOf,
  readAnswer,
  refusal,
} from './github-requests.ts';
import { ask, type Visit } from './github-visits.ts';

/**
 * Rules of rulesets that refuse a commit which is pushed onto the branch (docs.github.com, "Available rules for
 * rulesets"), in words. Not among them: those that our commits keep. They are fast-forwards (`non_fast_forward`,
 * `required_linear_history`), and GitHub signs what an App commits through its API (`required_signatures`; "About
 * commit signature verification", "Signature verification for bots"). What rules of messages, authors, paths and sizes
 * make of a commit only the commit itself can tell.
 */
const refusing: Readonly<Record<string, string>> = {
  pull_request: 'requires a pull request',
  merge_queue: 'requires the merge queue',
  required_status_checks: 'requires status checks',
  required_deployments: 'requires deployments',
  workflows: 'requires workflows to pass',
  code_scanning: 'requires results of code scanning',
  code_quality: 'requires results of code quality',
  update: 'restricts updates of the branch',
};

const rulesSchema = z.array(z.object({ type: z.string(), ruleset_id: z.number() }));
const rulesetSchema = z.object({ name: z.string(), current_user_can_bypass: z.string().optional() });
type Rule = z.output<typeof rulesSchema>[number];

export interface BranchInQuestion {
  readonly branch: string;
  /** By whatever rule, ours to bypass or not. */
  readonly isProtected: boolean;
}

/** Which rule refuses a direct commit to the branch, by its name; `undefined` when none does. */
export async function findProtection(
  visit: Visit,
  { branch, isProtected }: BranchInQuestion,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [rulesets, classic] = await Promise.all([
    refusingRulesets(visit, branch, signal),
    isProtected ? classicProtection(visit, branch, signal) : [],
  ]);
  const reasons = [...rulesets, ...classic];
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

async function refusingRulesets(visit: Visit, branch: string, signal: AbortSignal): Promise<readonly string[]> {
  const request: GitHubRequest = {
    route: 'GET /repos/{owner}/{repo}/rules/branches/{branch}',
    parameters: { ...placeOf(visit.repository), branch, per_page: 100 },
    attempted: `read the rules of the branch ${branch} of ${nameOf(visit.repository)}`,
    signal,
  };
  const answer = await ask(visit, 'reading', request);
  if (isBeyondPlan(answer)) return [];
  const rules = readAnswer(request, answer, rulesSchema).filter(({ type }) => type in refusing);
  const ids = [...new Set(rules.map(({ ruleset_id: id }) => id))];
  const found = await Promise.all(ids.map((id) => refusingRuleset(visit, { id, rules }, signal)));
  return found.filter((reason) => reason !== undefined);
}

/**
 * "Upgrade to GitHub Pro or make this repository public to enable this feature.": a private repository of a free plan
 * has no rules, and GitHub answers 403 to whoever asks for them (github/branch-deploy#345).
 */
function isBeyondPlan({ status, words }: GitHubAnswer): boolean {
  return status === 403 && /upgrade to github|make this repository public/i.test(words);
}

async function refusingRuleset(
  visit: Visit,
  { id, rules }: { id: number; rules: readonly Rule[] },
  signal: AbortSignal,
): Promise<string | undefined> {
  const request: GitHubRequest = {
    route: 'GET /repos/{owner}/{repo}/rulesets/{ruleset_id}',
    parameters: { ...placeOf(visit.repository), ruleset_id: id, includes_parents: true },
    attempted: `read the ruleset ${id} of ${nameOf(visit.repository)}`,
    signal,
  };
  const answer = await ask(visit, 'reading', request);
  const what = rules.flatMap((rule) => (rule.ruleset_id === id ? (refusing[rule.type] ?? []) : [])).join(' and ');
  // An organization may keep its rulesets to itself.
  if (isAbsent(answer) || answer.status === 403) return `ruleset ${id} ${what}`;
  const ruleset = readAnswer(request, answer, rulesetSchema);
  const bypass = ruleset.current_user_can_bypass;
  return bypass === 'always' || bypass === 'exempt' ? undefined : `ruleset "${ruleset.name}" ${what}`;
}

const apps = z.object({ apps: z.array(z.object({ slug: z.string() })).default([]) });
const protectionSchema = z.object({
  required_pull_request_reviews: z.object({ bypass_pull_request_allowances: apps.optional() }).nullish(),
  required_status_checks: z.object({}).nullish(),
  restrictions: apps.nullish(),
  lock_branch: z.object({ enabled: z.boolean() }).nullish(),
});

/** Branch protection from before rulesets. Only with administration can it be read; without, the commit will tell. */
async function classicProtection(visit: Visit, branch: string, signal: AbortSignal): Promise<readonly string[]> {
  if (visit.installation.permissions['administration'] === undefined) return [];
  const request: GitHubRequest = {
    route: 'GET /repos/{owner}/{repo}/branches/{branch}/protection',
    parameters: { ...placeOf(visit.repository), branch },
    attempted: `read the protection of the branch ${branch} of ${nameOf(visit.repository)}`,
    signal,
  };
  const answer = await ask(visit, 'reading settings', request);
  // 404: protected by rulesets alone.
  if (answer.status === 404 || isBeyondPlan(answer)) return [];
  if (!isSuccess(answer)) throw refusal(request, answer);
  const rule = readAnswer(request, answer, protectionSchema);
  const names = (list: z.output<typeof apps> | undefined | null) => list?.apps.map(({ slug }) => slug) ?? [];
  const isAmong = (list: z.output<typeof apps> | undefined | null) => names(list).includes(visit.installation.slug);
  const reviews = rule.required_pull_request_reviews;
  const reasons = [
    reviews && !isAmong(reviews.bypass_pull_request_allowances) ? 'requires a pull request' : [],
    rule.required_status_checks ? 'requires status checks' : [],
    rule.restrictions && !isAmong(rule.restrictions) ? 'lets only others push' : [],
    rule.lock_branch?.enabled ? 'locks the branch' : [],
  ].flat();
  return reasons.map((reason) => `the branch protection rule of ${branch} ${reason}`);
}
