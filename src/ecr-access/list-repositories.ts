import type { EcrRegistryAccess, EcrRepository, EcrTarget, ListedRepositories } from '../ports/ecr-registry.ts';
import { look } from './look.ts';
import type { Looked } from './look.ts';

/** The repositories of a registry, as far as they were listed. */
export interface Listing {
  readonly repositories: readonly EcrRepository[];
  readonly hasMore: boolean;
  /** Why it ended, where that was not at the end. */
  readonly state: Looked<unknown>;
}

/** A registry of thousands is not listed to its end while somebody waits. */
const mostPages = 10;

/** Lists until so much is known that the caller has enough. */
export async function listUntil(
  ecr: EcrRegistryAccess,
  { target, isEnough }: { readonly target: EcrTarget; readonly isEnough: (some: readonly EcrRepository[]) => boolean },
  signal: AbortSignal,
): Promise<Listing> {
  const repositories: EcrRepository[] = [];
  let next: string | undefined;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const after = next;
    const looked = await look<ListedRepositories>(target, () => ecr.listRepositories(target, after, signal));
    if (looked.kind === 'unseen') return { repositories, hasMore: true, state: looked };
    repositories.push(...looked.value.repositories);
    next = looked.value.next;
    if (next === undefined || isEnough(repositories)) break;
  }
  return { repositories, hasMore: next !== undefined, state: { kind: 'seen', value: undefined } };
}
