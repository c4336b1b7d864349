import * as z from 'zod';
import type { RepositoryAddress } from '../ports/git-host.ts';
import type { RequestBudget } from '../ports/request-budget.ts';
import { askAsApp, findInstallation, type FoundInstallation, type GitHubApp, type Installation } from './github-app.ts';
import {
  exchange,
  failed,
  type GitHubAnswer,
  type GitHubRequest,
  isSuccess,
  readAnswer,
  throttled,
} from './github-requests.ts';

/** What each token may do, and nothing beside it: omitted permissions would mean all that the App was granted. */
const permissionsFor = {
  reading: { contents: 'read', metadata: 'read' },
  'reading settings': { administration: 'read' },
  committing: { contents: 'write' },
  'managing keys': { administration: 'write' },
} as const;
export type Purpose = keyof typeof permissionsFor;

export interface GitHubConnection {
  readonly app: GitHubApp;
  readonly budget: RequestBudget;
  readonly visits: Visits;
}

/** One job at one repository. */
export interface Visit {
  readonly connection: GitHubConnection;
  readonly repository: RepositoryAddress;
  readonly installation: Installation;
  /** By purpose; each is for this repository alone. */
  readonly tokens: Map<Purpose, Promise<string>>;
}

/** What the jobs of this process were let in with. */
export interface Visits {
  readonly jobs: Map<string | symbol, Job>;
}

interface Job {
  readonly sinceMs: number;
  /** By `owner/name`. */
  readonly visits: Map<string, Visit>;
}

export type Entrance =
  | { readonly kind: 'installed'; readonly visit: Visit }
  | Exclude<FoundInstallation, { kind: 'installed' }>;

/** Tokens live for an hour; a job that went on in another process leaves its own here. */
const longestMs = 60 * 60_000;
/** For giving tokens back: they end by themselves, so nobody waits long for it. */
const revocationTimeoutMs = 3000;

export function createVisits(): Visits {
  return { jobs: new Map() };
}

/** Runs one call of a job; without a job, what the call was let in with is given back after it. */
export async function visiting<T>(
  connection: GitHubConnection,
  { repository, signal }: { readonly repository: RepositoryAddress; readonly signal: AbortSignal },
  body: (entrance: Entrance) => Promise<T>,
): Promise<T> {
  const job = repository.job ?? Symbol('one call');
  try {
    return await body(await enter(connection, { repository, job, signal }));
  } finally {
    if (repository.job === undefined) await endJob(connection, job);
  }
}

/** As above, for calls that need the repository: without it they fail with GitHub's own status. */
export async function atRepository<T>(
  connection: GitHubConnection,
  call: { readonly repository: RepositoryAddress; readonly signal: AbortSignal; readonly attempted: string },
  body: (visit: Visit) => Promise<T>,
): Promise<T> {
  return visiting(connection, call, (entrance) => {
    if (entrance.kind === 'installed') return body(entrance.visit);
    const answer = entrance.kind === 'app-not-installed' ? `the App is not installed: ${entrance.detail}` : 'Not Found';
    throw failed(call, { failure: 'rejected', status: 404, answer });
  });
}

async function enter(
  connection: GitHubConnection,
  { repository, job, signal }: { repository: RepositoryAddress; job: string | symbol; signal: AbortSignal },
): Promise<Entrance> {
  const { visits: all, app } = connection;
  const nowMs = app.now().getTime();
  for (const [id, { sinceMs }] of all.jobs) if (nowMs - sinceMs > longestMs) all.jobs.delete(id);
  const { visits } = all.jobs.get(job) ?? { visits: new Map<string, Visit>() };
  const place = `${repository.owner}/${repository.name}`;
  const open = visits.get(place);
  if (open) return { kind: 'installed', visit: open };
  const found = await findInstallation(app, repository, signal);
  if (found.kind !== 'installed') return found;
  const visit: Visit = { connection, repository, installation: found.installation, tokens: new Map() };
  // Two steps side by side may both come here; the second one uses what the first one made.
  const here = all.jobs.get(job) ?? { sinceMs: nowMs, visits };
  all.jobs.set(job, here);
  const made = here.visits.get(place) ?? visit;
  here.visits.set(place, made);
  return { kind: 'installed', visit: made };
}

/**
 * Gives back every token of the job. What does not succeed is left to the hour that a token lives, and so is what
 * belongs to an installation that GitHub wants to hear nothing from for now.
 */
export async function endJob({ app, visits }: GitHubConnection, job: string | symbol): Promise<void> {
  const tokens = [...(visits.jobs.get(job)?.visits.values() ?? [])]
    .filter((visit) => !app.pauses.isQuiet(callerOf(visit)))
    .flatMap((visit) => [...visit.tokens.values()]);
  visits.jobs.delete(job);
  const signal = AbortSignal.timeout(revocationTimeoutMs);
  const attempted = 'give an installation token back';
  await Promise.allSettled(
    tokens.map(async (token) =>
      exchange(
        app.transport,
        { route: 'DELETE /installation/token', parameters: {}, attempted, signal },
        `token ${await token}`,
      ),
    ),
  );
}

/**
 * One request with a token for that purpose. A token that is no longer accepted is replaced once. Throws an
 * `OutsideCallError` for what is none of the caller's business: 401, limits and 5xx.
 */
export async function ask(visit: Visit, purpose: Purpose, request: GitHubRequest): Promise<GitHubAnswer> {
  const used = tokenFor(visit, purpose, request);
  const answer = await send(visit, request, await used);
  if (answer.status !== 401) return answer;
  // A call side by side may have replaced it already.
  if (visit.tokens.get(purpose) === used) visit.tokens.delete(purpose);
  const again = await send(visit, request, await tokenFor(visit, purpose, request));
  if (again.status !== 401) return again;
  // It was issued a moment ago: not all of GitHub knows it yet.
  throw failed(request, { failure: 'server-error', status: 401, answer: again.words });
}

export async function read<T>(
  visit: Visit,
  { purpose = 'reading', ...request }: GitHubRequest & { readonly purpose?: Purpose },
  schema: z.ZodType<T>,
): Promise<T> {
  return readAnswer(request, await ask(visit, purpose, request), schema);
}

/** The table was asked when the token was minted, and is again before content is made. */
async function send(visit: Visit, request: GitHubRequest, token: string): Promise<GitHubAnswer> {
  const { app } = visit.connection;
  app.pauses.requireSpeech(callerOf(visit), request);
  const answer = await exchange(app.transport, request, `token ${token}`);
  await app.pauses.heed(callerOf(visit), request, answer);
  return answer;
}

function callerOf({ installation }: Visit): string {
  return String(installation.id);
}

/** Before requests that create content: so many must fit into the budget, or none is sent. */
export async function spend(visit: Visit, count: number, request: Pick<GitHubRequest, 'attempted'>): Promise<void> {
  const answer = await visit.connection.budget.take(callerOf(visit), count);
  if (answer.kind === 'wait') throw throttled(request, answer.seconds, 'our budget of requests to GitHub is used up');
}

function tokenFor(visit: Visit, purpose: Purpose, request: GitHubRequest): Promise<string> {
  const open = visit.tokens.get(purpose);
  if (open) return open;
  const minted = mint(visit, purpose, request);
  visit.tokens.set(purpose, minted);
  minted.catch(() => {
    if (visit.tokens.get(purpose) === minted) visit.tokens.delete(purpose);
  });
  return minted;
}

const tokenSchema = z.object({ token: z.string().min(1) });

async function mint(visit: Visit, purpose: Purpose, { attempted, signal }: GitHubRequest): Promise<string> {
  const { connection, installation, repository } = visit;
  const request: GitHubRequest = {
    route: 'POST /app/installations/{installation_id}/access_tokens',
    parameters: {
      installation_id: installation.id,
      repositories: [repository.name],
      permissions: permissionsFor[purpose],
    },
    attempted: `get a token to ${attempted}`,
    signal,
  };
  await connection.app.pauses.requireSpeechByTable(callerOf(visit), request);
  const answer = await askAsApp(connection.app, request);
  if (isSuccess(answer)) return readAnswer(request, answer, tokenSchema).token;
  // 403: suspended; 404: uninstalled; 422: the repository was taken away, or a permission is not granted.
  throw failed(request, { failure: 'forbidden', status: answer.status, answer: answer.words });
}
