import { partitionOf } from '../accounts/account.ts';
import { failedCheck, fail, pass, unknown, warn } from '../flux-bootstrap/check.ts';
import type { Check } from '../flux-bootstrap/check.ts';
import type { GrantPlanning, UnreadPolicy } from './plan-grant.ts';
import { accountRootArn, roleArn } from './grant-statements.ts';
import { covers } from './ecr-grant.ts';
import type { EcrGrantSpec } from './ecr-grant.ts';
import type { PlannedPolicy, SeenPolicy } from './planned-policy.ts';
import { arePrincipalsIn } from './policy-principals.ts';

/** In the order in which they are shown. */
const checkNames = ['role', 'registry', 'principal', 'repositories', 'policies'] as const;

/** What a plan has seen. */
export interface PlanSight {
  /** Checks that were made on the way in. */
  readonly made: readonly Check[];
  readonly seen?: readonly SeenPolicy[];
  readonly repositories?: readonly PlannedPolicy[];
  readonly unread?: readonly UnreadPolicy[];
  /** There are more repositories than a plan looks at. */
  readonly isCut?: boolean;
}

/** All checks in their order; one that was not made says because of which. */
export function judgePlan(planning: GrantPlanning, sight: PlanSight): readonly Check[] {
  const { made, seen, repositories, unread = [], isCut = false } = sight;
  const judged =
    seen && repositories
      ? [
          judgePrincipal(planning, seen),
          judgeRepositories(planning, repositories),
          judgePolicies(repositories, { unread, isCut }),
        ]
      : [];
  const whole = [...made, ...judged];
  const root = whole.find(({ result }) => result === 'FAIL' || result === 'UNKNOWN')?.name ?? 'role';
  return checkNames.map(
    (name) => whole.find((check) => check.name === name) ?? unknown(name, `see ${root}, which comes first`),
  );
}

/** ECR is told of a principal only with a policy, and refuses the policy then; a plan writes none. */
function judgePrincipal({ grant, job }: GrantPlanning, seen: readonly SeenPolicy[]): Check {
  const name = 'principal';
  const { spec } = grant;
  const { region } = spec.registry;
  if (spec.principal.type === 'organization') return pass(name, 'ECR takes the id of any organization.');
  const shown = seen.find(({ read }) => read.kind === 'read' && arePrincipalsIn(read.text, spec, region));
  if (shown) return pass(name, `ECR knows ${arnOf(spec)}: the policy of ${shown.repository} has it.`);
  const before = seen.find(({ record }) => record?.results[grant.id]?.code === 'principal-not-found');
  if (before) {
    const at = before.record?.results[grant.id]?.at ?? job.operation.createdAt;
    return warn(name, `ECR did not know the grant's principal at ${before.repository} (${at}).`);
  }
  return unknown(name, `whether ECR knows ${arnOf(spec)} shows when a policy is written`);
}

function arnOf({ registry, principal }: EcrGrantSpec): string {
  const partition = partitionOf(registry.region);
  if (principal.type === 'organization') return principal.organizationId;
  return principal.type === 'role' ? roleArn(partition, principal) : accountRootArn(partition, principal.accountId);
}

function judgeRepositories({ grant }: GrantPlanning, repositories: readonly PlannedPolicy[]): Check {
  const name = 'repositories';
  const missing = repositories.filter(
    ({ action, repository }) => action === 'missing' && covers(grant.spec, repository),
  );
  const [first] = missing;
  if (!first) return pass(name, `${repositories.length} repositories were looked at.`);
  const others = missing.length > 1 ? ` and ${missing.length - 1} others` : '';
  return warn(name, `There is no repository ${first.repository}${others}: the grant gives no right there.`);
}

function judgePolicies(
  repositories: readonly PlannedPolicy[],
  { unread, isCut }: { readonly unread: readonly UnreadPolicy[]; readonly isCut: boolean },
): Check {
  const name = 'policies';
  const cut = isCut ? ` More than ${repositories.length + unread.length} would be looked at; the plan ends there.` : '';
  const refusals = repositories.filter(({ action }) => action === 'refused');
  const [refusal] = refusals;
  if (refusal) {
    const detail = `${refusals.length} of ${repositories.length} repositories would not take it. ${refusal.repository}: ${refusal.detail ?? ''}${cut}`;
    const remedy = 'Mend what the repositories say, then plan again.';
    return fail(name, refusal.code ?? 'policy-refused', { detail, remedy });
  }
  const [miss] = unread;
  if (miss) {
    const check = failedCheck(name, miss.error);
    const detail = `${unread.length} policies could not be read. ${miss.repository}: ${check.detail}${cut}`;
    return { ...check, detail };
  }
  const count = (wanted: PlannedPolicy['action']) => repositories.filter(({ action }) => action === wanted).length;
  return pass(
    name,
    `${count('write')} would be written, ${count('delete')} deleted, ${count('none')} stay as they are.${cut}`,
  );
}
