import type { EcrRepositoryRecord } from '../ports/ecr-repositories.ts';
import { renderPolicy } from './render-policy.ts';
import type { RenderedGrant, RenderedPolicy } from './render-policy.ts';

export interface PolicyDraft {
  readonly grants: readonly RenderedGrant[];
  /** The policy whose foreign statements stay. */
  readonly source: string | undefined;
  readonly region: string;
  readonly record: Pick<EcrRepositoryRecord, 'grants'>;
  /** The grant that this is about. */
  readonly own: string | undefined;
}

type Unreadable = Extract<RenderedPolicy, { readonly kind: 'unreadable' }>;
type Drafted = Exclude<RenderedPolicy, Unreadable> & { readonly text: string | undefined };

/** What the policy is to be; `text` is absent where it is to have none. */
export function draftPolicy({ grants, source, region, record, own }: PolicyDraft): Drafted | Unreadable {
  // A right that is to become another one has no claim to the room of others.
  const held = record.grants.filter((id) => id !== own);
  const rendered = renderPolicy({ grants, present: source, region, held });
  switch (rendered.kind) {
    case 'unreadable':
    case 'write':
      return rendered;
    case 'unchanged':
      return { ...rendered, text: source };
    case 'delete':
      return { ...rendered, text: undefined };
  }
}
