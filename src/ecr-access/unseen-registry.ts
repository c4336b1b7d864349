import { OutsideCallError } from '../errors.ts';
import { isOurOwn, refusalOf } from '../operations/operation-failures.ts';
import type { Refusal } from '../operations/operation-failures.ts';
import type { EcrTarget } from '../ports/ecr-registry.ts';
import type { EcrRegistryPlace, EcrRepositoryStore } from '../ports/ecr-repositories.ts';
import { refusalOfShut } from './ecr-job.ts';
import type { LookRhythm } from './registry-findings.ts';
import { lookAtRegistry } from './watch-registry.ts';
import type { LookDependencies, SeenRegistry } from './watch-registry.ts';

interface RegistryLook {
  readonly customer: string;
  readonly target: EcrTarget;
  readonly rhythm: LookRhythm;
}

export type SeenOrNot = SeenRegistry | { readonly kind: 'unseen'; readonly refusal: Refusal };

export async function lookOrWhyNot(
  deps: LookDependencies,
  look: RegistryLook,
  signal: AbortSignal,
): Promise<SeenOrNot> {
  try {
    const seen = await lookAtRegistry(deps, look, signal);
    return seen.kind === 'seen' ? seen : { kind: 'unseen', refusal: refusalOfShut(look, seen) };
  } catch (error) {
    if (!(error instanceof OutsideCallError) || isOurOwn(error)) throw error;
    return { kind: 'unseen', refusal: refusalOf(error) };
  }
}

/** The registry's grants show it: as long as nobody can look, nobody knows whether their rights stand. */
export async function noteUnseen(
  repositories: EcrRepositoryStore,
  one: EcrRegistryPlace,
  { seen, now }: { readonly seen: SeenOrNot; readonly now: Date },
): Promise<void> {
  const refusal = seen.kind === 'seen' ? seen.blind : seen.refusal;
  if (refusal !== undefined) {
    const { code, detail } = refusal;
    await repositories.keepUnseen(one, { since: now.toISOString(), code, detail });
  } else if (await repositories.getUnseen(one)) {
    await repositories.forgetUnseen(one);
  }
}
