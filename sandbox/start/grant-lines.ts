import { areSameStatements } from '../../src/ecr-access/canonical-policy.ts';
import { namedPrincipals } from '../../src/ecr-access/match-principal.ts';
import { listOf, type PolicyDocument, type PolicyStatement } from '../../src/ecr-access/policy-document.ts';
import { whoHasAccess } from '../../src/ecr-access/who-has-access.ts';
import { exampleImages, exampleStaging } from '../example-grant.ts';
import type { SeenImages, SeenRepository } from './images.ts';
import type { Pull } from './staging-pull.ts';

/** The policy of a repository before and after, a line a statement. */
export function policyLines(
  repository: string,
  before: PolicyDocument | undefined,
  after: PolicyDocument | undefined,
): readonly string[] {
  const [old, now] = [before?.statements ?? [], after?.statements ?? []];
  if (areSameStatements(old, now)) return [`Policy of ${repository}, as it was:`, ...linesOf(now)];
  const isOld = (one: PolicyStatement) => old.some((other) => areSameStatements([one], [other]));
  return [
    `Policy of ${repository} before:`,
    ...linesOf(old),
    `Policy of ${repository} after:`,
    ...linesOf(now, (one) => (isOld(one) ? '  (untouched)' : '')),
  ];
}

function linesOf(
  statements: readonly PolicyStatement[],
  remark: (one: PolicyStatement) => string = () => '',
): readonly string[] {
  if (statements.length === 0) return ['  none'];
  return statements.map((one) => {
    const whom = namedPrincipals(one['Principal']).map(({ value }) => value);
    const what = listOf(one['Action']).map((action) => String(action).replace(/^ecr:/, ''));
    return `  ${nameOf(one)}  ${String(one['Effect'])} ${whom.join(', ')}: ${what.join(', ')}${remark(one)}`;
  });
}

function nameOf({ Sid: sid }: PolicyStatement): string {
  return typeof sid === 'string' ? sid : 'without a Sid';
}

/** What staging could pull and what it can, and by which statement; each was tried. */
export function pullLines(before: SeenImages, after: SeenImages): readonly string[] {
  const lines = [...after].map(([name, now]) => `  ${name.padEnd(11)} ${pullWords(before.get(name)?.pull, now)}`);
  return [`Pulling :${exampleImages.tag} as ${exampleStaging.deployerArn}, tried before and after:`, ...lines];
}

function pullWords(before: Pull | undefined, { pull, policy }: SeenRepository): string {
  const statements = policy ? pullStatements(policy) : [];
  const now = pull.kind === 'pulled' ? `pulled, by ${statements.join(', ')}` : refusal(pull);
  if (before?.kind === pull.kind) return `as before: ${now}`;
  return `before: ${before?.kind === 'refused' ? refusal(before) : 'pulled'}; now: ${now}`;
}

function refusal({ why }: Extract<Pull, { readonly kind: 'refused' }>): string {
  return `refused, ${why}`;
}

function pullStatements(policy: PolicyDocument): readonly string[] {
  const { accountId, deployerArn } = exampleStaging;
  const isDeployer = (principal: string) => [`arn:aws:iam::${accountId}:root`, deployerArn, '*'].includes(principal);
  return whoHasAccess(policy)
    .filter(
      ({ effect, access, principal }) => effect === 'Allow' && access !== 'partial' && isDeployer(principal.value),
    )
    .map(({ statement: { index, sid } }) => sid ?? `statement ${index + 1}`);
}
