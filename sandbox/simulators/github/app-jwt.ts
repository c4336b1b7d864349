import { createPublicKey, verify } from 'node:crypto';
import * as z from 'zod';

import { GitHubError, notFound } from './github-error.ts';
import type { App, GitHubState } from './github-state.ts';

const headerSchema = z.object({ alg: z.literal('RS256') });
const issuerSchema = z.object({ iss: z.union([z.string(), z.number()]) });
const timesSchema = z.object({ iat: z.unknown(), exp: z.unknown() });

/** "The time must be no more than 10 minutes into the future." */
const longestSeconds = 600;

/**
 * Who signed a JSON web token. There is no tolerance for clocks: "to protect against clock drift, we recommend that you
 * set [iat] 60 seconds in the past".
 *
 * Source: docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App"; the words of the refusals are known
 * from octokit/auth-app.js (src/hook.ts, which reads them) and its issues.
 */
export function authenticateApp(state: GitHubState, jwt: string, now: Date): App {
  const [header = '', payload = '', signature = ''] = jwt.split('.');
  if (!headerSchema.safeParse(decode(header)).success) throw undecodable();
  const claims = decode(payload);
  if (!issuerSchema.safeParse(claims).success) throw undecodable();
  const app = issuerOf(state, jwt);
  if (!app) throw new GitHubError(404, 'Integration not found');
  const key = createPublicKey(app.publicKeyPem);
  if (!verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))) {
    throw undecodable();
  }
  checkTimes(timesSchema.parse(claims), now.getTime() / 1000);
  return app;
}

/** Whoever the token says that it is from; nothing of that is verified. */
export function issuerOf(state: GitHubState, jwt: string): App | undefined {
  const issuer = issuerSchema.safeParse(decode(jwt.split('.')[1] ?? ''));
  return issuer.success ? state.apps.get(String(issuer.data.iss)) : undefined;
}

function checkTimes({ iat, exp }: { iat?: unknown; exp?: unknown }, nowSeconds: number): void {
  if (typeof exp !== 'number' || exp <= nowSeconds) {
    throw unauthorized(
      `'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires`,
    );
  }
  if (exp > nowSeconds + longestSeconds) {
    throw unauthorized(`'Expiration time' claim ('exp') is too far in the future`);
  }
  if (!Number.isInteger(iat) || Number(iat) > nowSeconds) {
    throw unauthorized(
      `'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued`,
    );
  }
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function undecodable(): GitHubError {
  return unauthorized('A JSON web token could not be decoded');
}

function unauthorized(message: string): GitHubError {
  return new GitHubError(401, message);
}

/** An App sees its own installations only. */
export function requireInstallationOf(state: GitHubState, app: App, id: number) {
  const installation = state.installations.get(id);
  if (installation?.appId !== app.appId) throw notFound();
  return installation;
}
