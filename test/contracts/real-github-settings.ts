import * as z from 'zod';

const schema = z
  .object({
    /** Has the App installed for all of its repositories; rulesets of pushes need a plan that has them (Team). */
    GITHUB_TEST_ORGANIZATION: z.string().min(1),
    /** A classic token of an owner of the organization: `repo`, `delete_repo`, `admin:public_key`. */
    GITHUB_TEST_TOKEN: z.string().min(1),
    GITHUB_TEST_APP_ID: z.string().regex(/^\d+$/),
    /** PEM of the App's private key. */
    GITHUB_TEST_APP_KEY_FILE: z.string().min(1),
    GITHUB_TEST_API_URL: z.url().default('https://api.github.com'),
  })
  .transform((read) => ({
    organization: read.GITHUB_TEST_ORGANIZATION,
    token: read.GITHUB_TEST_TOKEN,
    appId: read.GITHUB_TEST_APP_ID,
    appKeyFile: read.GITHUB_TEST_APP_KEY_FILE,
    apiUrl: read.GITHUB_TEST_API_URL,
  }));

export type RealGitHubSettings = z.output<typeof schema>;

/** Of the environment; `missing` names every variable that is absent or wrong, and shows none. */
export function readRealGitHubSettings(
  environment: Readonly<Record<string, string | undefined>>,
):
  | { readonly kind: 'set'; readonly settings: RealGitHubSettings }
  | { readonly kind: 'missing'; readonly names: string[] } {
  const read = schema.safeParse(environment);
  if (read.success) return { kind: 'set', settings: read.data };
  return { kind: 'missing', names: [...new Set(read.error.issues.map(({ path }) => String(path[0])))] };
}
