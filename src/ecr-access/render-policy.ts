import { partitionOf } from '../accounts/account.ts';
import { areSameStatements } from './canonical-policy.ts';
import type { EcrGrantRecord } from './ecr-grant.ts';
import { grantStatements, isOurs } from './grant-statements.ts';
import { noPolicy, policyText, readPolicyDocument } from './policy-document.ts';
import type { PolicyStatement } from './policy-document.ts';

/**
 * `policyText` has a "Maximum length of 10240"
 * (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html). Bytes of UTF-8 are never fewer
 * than characters, whichever of the two ECR counts.
 */
export const policyLimitBytes = 10_240;

export type RenderedGrant = Pick<EcrGrantRecord, 'id' | 'spec' | 'createdAt'>;

export interface PolicyInput {
  /** All that give a right to the repository now (`grantsFor`), but those whose principal ECR refuses. */
  readonly grants: readonly RenderedGrant[];
  /** The policy's text as ECR gives it; absent: there is none. */
  readonly present: string | undefined;
  readonly region: string;
  /**
   * Ids of the grants that the policy held last. Where there is no room for all, they go first, so that a new grant takes
   * nobody's right away.
   */
  readonly held?: readonly string[] | undefined;
}

/** Grants that found no room. The others go through all the same. */
export interface TooLarge {
  /** Ids; each is `policy-too-large`. */
  readonly refused: readonly string[];
  /** What the policy would need with all of the grants. */
  readonly bytesNeeded: number;
  /** For people: what is used, what is needed, what to do instead. */
  readonly detail: string;
}

interface Rendering {
  /** Ids of the grants whose rights the policy then holds; sorted. */
  readonly grants: readonly string[];
  /** Of the policy then; 0 where there is none. */
  readonly bytes: number;
  readonly tooLarge?: TooLarge | undefined;
}

export type RenderedPolicy =
  /** The policy that is there says the same. */
  | ({ readonly kind: 'unchanged' } & Rendering)
  | ({ readonly kind: 'write'; readonly text: string } & Rendering)
  /** Nothing of ours is left, and there is nothing of anybody else's. */
  | ({ readonly kind: 'delete' } & Rendering)
  /** Not to be overwritten by us. */
  | { readonly kind: 'unreadable'; readonly detail: string };

/**
 * What the policy of a repository should be: the statements of others as they are, in their order, and ours for the
 * grants behind them. Where no grant finds room, the statements of others stand alone, whatever their size: ECR has
 * taken them before.
 */
export function renderPolicy({ grants, present, region, held = [] }: PolicyInput): RenderedPolicy {
  const read = present === undefined ? { kind: 'read' as const, document: noPolicy } : readPolicyDocument(present);
  if (read.kind === 'unreadable') return read;
  const { document } = read;
  const foreign = document.statements.filter((statement) => !isOurs(statement));

  const partition = partitionOf(region);
  const draft = (chosen: readonly RenderedGrant[]): Draft => {
    const ours = grantStatements(
      chosen.map(({ spec }) => spec),
      partition,
    );
    return { chosen, ours, text: policyText({ fields: document.fields, statements: [...foreign, ...ours] }) };
  };
  const { chosen, ours, text, tooLarge } = draftWithinLimit({ grants, held }, draft);

  const isEmpty = foreign.length === 0 && ours.length === 0;
  const rendering = {
    grants: chosen.map(({ id }) => id).sort(),
    bytes: isEmpty ? 0 : bytesOf(text),
    ...(tooLarge && { tooLarge }),
  };
  if (areSameStatements(document.statements.filter(isOurs), ours)) return { kind: 'unchanged', ...rendering };
  return isEmpty ? { kind: 'delete', ...rendering } : { kind: 'write', text, ...rendering };
}

interface Draft {
  readonly chosen: readonly RenderedGrant[];
  readonly ours: readonly PolicyStatement[];
  readonly text: string;
  readonly tooLarge?: TooLarge | undefined;
}

function draftWithinLimit(
  { grants, held }: { readonly grants: readonly RenderedGrant[]; readonly held: readonly string[] },
  draft: (chosen: readonly RenderedGrant[]) => Draft,
): Draft {
  const whole = draft(grants);
  const bytesNeeded = bytesOf(whole.text);
  if (bytesNeeded <= policyLimitBytes || grants.length === 0) return whole;

  const inOrder = inOrderOfClaim(grants, held);
  const chosen = fitting(inOrder, (some) => bytesOf(draft(some).text) <= policyLimitBytes);
  const ids = new Set(chosen.map(({ id }) => id));
  const refused = inOrder.filter(({ id }) => !ids.has(id)).map(({ id }) => id);
  const foreignBytes = bytesOf(draft([]).text);
  return {
    ...draft(chosen),
    tooLarge: { refused, bytesNeeded, detail: tooLargeDetail({ bytesNeeded, foreignBytes }) },
  };
}

/** In rounds, because a principal with a wider right costs nothing more for the narrower one. */
function fitting(
  grants: readonly RenderedGrant[],
  fits: (some: readonly RenderedGrant[]) => boolean,
): readonly RenderedGrant[] {
  let chosen: readonly RenderedGrant[] = [];
  let others = grants;
  for (;;) {
    const before = chosen.length;
    const refused: RenderedGrant[] = [];
    for (const grant of others) {
      const more = [...chosen, grant];
      if (fits(more)) chosen = more;
      else refused.push(grant);
    }
    if (chosen.length === before) return chosen;
    others = refused;
  }
}

function inOrderOfClaim(grants: readonly RenderedGrant[], held: readonly string[]): readonly RenderedGrant[] {
  const before = new Set(held);
  const claim = ({ id, createdAt }: RenderedGrant) => `${before.has(id) ? 0 : 1} ${createdAt} ${id}`;
  return grants
    .map((grant) => ({ grant, claim: claim(grant) }))
    .sort((one, other) => (one.claim < other.claim ? -1 : 1))
    .map(({ grant }) => grant);
}

function tooLargeDetail({ bytesNeeded, foreignBytes }: { bytesNeeded: number; foreignBytes: number }): string {
  return (
    `With all of its grants the policy would have ${bytesNeeded} bytes, and ECR allows ${policyLimitBytes}; ` +
    `without any of ours it has ${foreignBytes}. Grant to an organization instead of many accounts or roles, ` +
    'or take out statements that are not ours.'
  );
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
