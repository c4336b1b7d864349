import type { FailureCode } from '../operations/operation-failures.ts';
import type { ReadPolicy } from '../ports/ecr-registry.ts';
import type { EcrRepositoryRecord } from '../ports/ecr-repositories.ts';
import type { EcrGrantRecord } from './ecr-grant.ts';
import { refusalOfShut } from './ecr-job.ts';
import type { EcrJob } from './ecr-job.ts';
import { draftPolicy } from './draft-policy.ts';
import { grantsFor } from './grants-for.ts';
import { withheldGrants } from './place-grants.ts';
import { documentOf } from './policy-document.ts';
import { policyLimitBytes } from './render-policy.ts';

/** What an operation would do to the policy of one repository. */
export interface PlannedPolicy {
  readonly repository: string;
  /** `missing`: there is no such repository; `refused`: the grant does not come through there, `code` says why. */
  readonly action: 'none' | 'write' | 'delete' | 'missing' | 'refused';
  /** The documents; `null`: none, or one that is not known. */
  readonly before: unknown;
  readonly after: unknown;
  /** Of the policy afterwards. */
  readonly bytesUsed: number;
  readonly limit: number;
  readonly code?: FailureCode | undefined;
  readonly detail?: string | undefined;
}

export interface SeenPolicy {
  readonly job: EcrJob;
  readonly repository: string;
  readonly read: ReadPolicy;
  /** What is known of the repository. */
  readonly record: Pick<EcrRepositoryRecord, 'grants' | 'results'> | undefined;
  /** The grant as it would be, and all of the registry, with it. */
  readonly grant: EcrGrantRecord;
  readonly grants: readonly EcrGrantRecord[];
}

const nothingKnown = { grants: [], results: {} };

/** As the operation's own step would render it, did it come now. */
export function plannedPolicy(seen: SeenPolicy): PlannedPolicy {
  const { job, repository, read, record = nothingKnown, grant, grants } = seen;
  const base = { repository, limit: policyLimitBytes };
  const unseen = { ...base, before: null, after: null, bytesUsed: 0 };
  if (read.kind === 'repository-missing') return { ...unseen, action: 'missing' };
  if (read.kind !== 'read') {
    const { code, detail } = refusalOfShut(job, read);
    return { ...unseen, action: 'refused', code, detail };
  }
  const { text } = read;
  const { registry } = grant.spec;
  const live = grantsFor(grants, { registry, repository }, job.deps.now());
  const withheld = new Map(withheldGrants({ job, record, live }));
  const wanted = live.filter(({ id }) => !withheld.has(id));
  const draft = { grants: wanted, source: text, region: registry.region, record, own: grant.id };
  const rendered = draftPolicy(draft);
  const before = documentOf(text);
  if (rendered.kind === 'unreadable') {
    const bytesUsed = Buffer.byteLength(text ?? '');
    const { detail } = rendered;
    return { ...base, action: 'refused', before, after: before, bytesUsed, code: 'policy-unreadable', detail };
  }
  const after = documentOf(rendered.text);
  const { bytes: bytesUsed, tooLarge } = rendered;
  if (tooLarge?.refused.includes(grant.id) === true) {
    const { detail } = tooLarge;
    return { ...base, action: 'refused', before, after, bytesUsed, code: 'policy-too-large', detail };
  }
  return { ...base, action: rendered.kind === 'unchanged' ? 'none' : rendered.kind, before, after, bytesUsed };
}
