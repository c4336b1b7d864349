import type { EcrRegistryAccess, EcrTarget, ReadPolicy } from '../ports/ecr-registry.ts';
import { look } from './look.ts';
import type { Looked } from './look.ts';
import { noPolicy, readPolicyDocument } from './policy-document.ts';
import type { PolicyDocument } from './policy-document.ts';

export interface SeenPolicy {
  /** Absent: the repository has no policy. */
  readonly text: string | undefined;
  readonly document: PolicyDocument;
}

/** Of a repository that is not there, and of what is no policy, nothing can be told. */
export async function lookAtPolicy(
  ecr: EcrRegistryAccess,
  { target, repository }: { readonly target: EcrTarget; readonly repository: string },
  signal: AbortSignal,
): Promise<Looked<SeenPolicy>> {
  const looked = await look<ReadPolicy>(target, () => ecr.readPolicy(target, repository, signal));
  if (looked.kind === 'unseen') return looked;
  if (looked.value.kind === 'repository-missing') {
    return { kind: 'unseen', code: missingRepository, detail: `The registry has no repository ${repository}.` };
  }
  const { text } = looked.value;
  if (text === undefined) return { kind: 'seen', value: { text, document: noPolicy } };
  const read = readPolicyDocument(text);
  if (read.kind === 'unreadable') return { kind: 'unseen', code: unreadablePolicy, detail: read.detail };
  return { kind: 'seen', value: { text, document: read.document } };
}

export const missingRepository = 'repository-not-found';
export const unreadablePolicy = 'policy-unreadable';
