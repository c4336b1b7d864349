import type { Fault, Faulty } from '../faults.ts';
import type { Happening } from '../history.ts';
import { type GitHubState, nameKey, type Owner, type Repository } from './github-state.ts';
import type { RateLimits, RequestRecord } from './rate-limits.ts';

/** What the API and the customers' side of the world both work on. */
export interface GitHubCore extends Faulty {
  readonly state: GitHubState;
  readonly now: () => Date;
  readonly history: Happening[];
  readonly requests: RequestRecord[];
  faults: Fault[];
  limits: RateLimits | 'off';
  /** Entries of one recursive listing ("The limit for the tree array is 100,000 entries"). */
  treeLimit: number;
  /** Refuses a token that is not asked for with one repository and its permissions; GitHub itself does not. */
  isStrictAboutTokens: boolean;
  readonly onChange: () => void;
}

export function record(core: GitHubCore, happening: Omit<Happening, 'at'>): void {
  core.history.push({ at: core.now().toISOString(), ...happening });
  core.onChange();
}

export function nextId(state: GitHubState): number {
  state.lastId += 1;
  return state.lastId;
}

export function findOwner(state: GitHubState, login: string): Owner | undefined {
  return state.owners.get(login.toLowerCase());
}

/** By its present name only. */
export function findRepository(state: GitHubState, name: { owner: string; name: string }): Repository | undefined {
  const id = state.names.get(nameKey(name));
  return id === undefined ? undefined : state.repositories.get(id);
}

/** By a name that it had before, while nobody else has it ("About repository redirects"). */
export function findRenamed(state: GitHubState, name: { owner: string; name: string }): Repository | undefined {
  const id = state.formerNames.get(nameKey(name));
  return id === undefined || state.names.has(nameKey(name)) ? undefined : state.repositories.get(id);
}

/** Seconds, as GitHub writes times: `2026-01-31T10:00:00Z`. */
export function formatTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
