import { createSign } from 'node:crypto';
import { createAppAuth } from '@octokit/auth-app';
import * as z from 'zod';
import type { RepositoryAddress } from '../ports/git-host.ts';
import { clockWords } from './clock-words.ts';
import type { Pauses } from './github-pauses.ts';
import {
  exchange,
  failed,
  type GitHubAnswer,
  type GitHubRequest,
  isAbsent,
  readAnswer,
  refusal,
  type Transport,
} from './github-requests.ts';

/** Our App as GitHub knows it. */
export interface GitHubApp {
  readonly transport: Transport;
  /** What it is called among those that GitHub may want quiet from. */
  readonly caller: string;
  readonly pauses: Pauses;
  /** A JSON Web Token that says who we are; `skewSeconds` is how far GitHub's clock is ahead of ours. */
  readonly token: (skewSeconds: number) => Promise<string>;
  readonly now: () => Date;
  /** What remembers the key is to look it up again. */
  readonly onAppKeyRefused: () => Promise<void>;
}

export interface GitHubAppOptions {
  readonly transport: Transport;
  readonly pauses: Pauses;
  readonly appId: string;
  /** PEM of the App's RSA key; asked for each token and kept nowhere. */
  readonly appKey: () => Promise<string>;
  readonly now: () => Date;
  readonly onAppKeyRefused: (() => Promise<void>) | undefined;
}

/** docs.github.com, "Generating a JSON Web Token": `iat` a minute back; `exp` at most 10 minutes ahead. */
const backSeconds = 60;
const aheadSeconds = 8 * 60;
/** A clock that is off by more is wrong for AWS's signatures as well: somebody has to set it. */
const largestSkewSeconds = 15 * 60;

export function createGitHubApp({ transport, pauses, appId, appKey, now, ...options }: GitHubAppOptions): GitHubApp {
  const sign = async (id: string | number, skewSeconds = 0) => {
    const seconds = Math.floor(now().getTime() / 1000) + skewSeconds;
    const claims = { iat: seconds - backSeconds, exp: seconds + aheadSeconds, iss: String(id) };
    const expiresAt = new Date(claims.exp * 1000).toISOString();
    return { jwt: signToken(claims, await appKey()), expiresAt };
  };
  return {
    transport,
    pauses,
    caller: `app:${appId}`,
    now,
    onAppKeyRefused: options.onAppKeyRefused ?? (() => Promise.resolve()),
    async token(skewSeconds) {
      // auth-app's own signer knows no clock but the machine's; its tokens of installations are not used (ADR 3).
      const auth = createAppAuth({ appId, createJwt: (id) => sign(id, skewSeconds) });
      return (await auth({ type: 'app' })).token;
    },
  };
}

/** RS256 (RFC 7519, RFC 7515). */
function signToken(claims: object, privateKeyPem: string): string {
  const parts = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) => encode(JSON.stringify(part)));
  const signature = createSign('RSA-SHA256').update(parts.join('.')).sign(privateKeyPem, 'base64url');
  return [...parts, signature].join('.');
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}

/**
 * A request as the App itself. When GitHub finds fault with the times in the token, once more by GitHub's own clock.
 * GitHub limits the App apart from its installations.
 */
export async function askAsApp(app: GitHubApp, request: GitHubRequest): Promise<GitHubAnswer> {
  await app.pauses.requireSpeechByTable(app.caller, request);
  const ask = async (skewSeconds: number) => {
    const answer = await exchange(app.transport, request, `Bearer ${await tokenFor(app, request, skewSeconds)}`);
    await app.pauses.heed(app.caller, request, answer);
    return answer;
  };
  const answer = await ask(0);
  const skewSeconds = skewOf(answer, app.now());
  if (skewSeconds === undefined && answer.status === 401) {
    // The key may have been rotated since it was looked up.
    await app.onAppKeyRefused();
    return requireIdentity(request, await ask(0));
  }
  if (skewSeconds === undefined) return requireIdentity(request, answer);
  if (Math.abs(skewSeconds) <= largestSkewSeconds) return requireIdentity(request, await ask(skewSeconds));
  const how = clockWords(-skewSeconds * 1000, "GitHub's");
  throw failed(request, { failure: 'unauthenticated', status: 401, answer: how });
}

async function tokenFor(app: GitHubApp, request: GitHubRequest, skewSeconds: number): Promise<string> {
  try {
    return await app.token(skewSeconds);
  } catch (error) {
    // What OpenSSL says of a key that it cannot read holds nothing of it; other errors are the port's own.
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!code.startsWith('ERR_OSSL')) throw error;
    throw failed(request, { failure: 'unauthenticated', answer: `the App's private key cannot be read (${code})` });
  }
}

/** `undefined` when the answer does not complain about the time, or does not tell it. */
function skewOf(answer: GitHubAnswer, now: Date): number | undefined {
  if (answer.status !== 401 || !/'(Expiration time|Issued at)' claim/i.test(answer.words)) return undefined;
  const skew = (Date.parse(answer.date ?? '') - now.getTime()) / 1000;
  return Number.isNaN(skew) ? undefined : Math.round(skew);
}

function requireIdentity(request: GitHubRequest, answer: GitHubAnswer): GitHubAnswer {
  if (answer.status === 401) throw refusal(request, answer);
  return answer;
}

const levels = z.record(z.string(), z.string());
const installationSchema = z.object({
  id: z.number(),
  app_slug: z.string().default(''),
  repository_selection: z.string(),
  permissions: levels,
  suspended_at: z.string().nullish(),
});

/** The App as somebody has installed it. */
export interface Installation {
  readonly id: number;
  /** The App's name in branch rules. */
  readonly slug: string;
  /** What it was granted: `contents` → `write`. */
  readonly permissions: Readonly<Record<string, string>>;
}

export type FoundInstallation =
  | { readonly kind: 'installed'; readonly installation: Installation }
  | { readonly kind: 'repository-not-found' }
  | { readonly kind: 'app-not-installed'; readonly detail: string };

/** The installation that covers a repository, or why there is none. */
export async function findInstallation(
  app: GitHubApp,
  { owner, name }: RepositoryAddress,
  signal: AbortSignal,
): Promise<FoundInstallation> {
  const request: GitHubRequest = {
    route: 'GET /repos/{owner}/{repo}/installation',
    parameters: { owner, repo: name },
    attempted: `find the App's installation for ${owner}/${name}`,
    signal,
  };
  const answer = await askAsApp(app, request);
  if (answer.status === 404) return whyNone(app, owner, signal);
  if (isAbsent(answer)) return { kind: 'repository-not-found' };
  const {
    id,
    app_slug: slug,
    permissions,
    suspended_at: suspendedAt,
  } = readAnswer(request, answer, installationSchema);
  if (suspendedAt) return { kind: 'app-not-installed', detail: `${owner} has suspended its installation.` };
  if (!permissions['contents']) {
    return { kind: 'app-not-installed', detail: 'its installation does not grant access to contents.' };
  }
  return { kind: 'installed', installation: { id, slug, permissions } };
}

/** GitHub says 404 both of a repository that there is not, and of one that the App may not see. */
async function whyNone(app: GitHubApp, owner: string, signal: AbortSignal): Promise<FoundInstallation> {
  const request: GitHubRequest = {
    route: 'GET /users/{username}/installation',
    parameters: { username: owner },
    attempted: `find the App's installation for ${owner}`,
    signal,
  };
  const answer = await askAsApp(app, request);
  if (isAbsent(answer)) return { kind: 'app-not-installed', detail: `${owner} has not installed it.` };
  const { repository_selection: selection } = readAnswer(request, answer, installationSchema);
  if (selection === 'all') return { kind: 'repository-not-found' };
  const detail = `the repository is not among those that ${owner} selected for it, or does not exist.`;
  return { kind: 'app-not-installed', detail };
}
