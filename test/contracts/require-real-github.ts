/** First half of `npm run test:github`: says what is missing or wrong in its settings, and ends the run. */
import { readFile } from 'node:fs/promises';
import { readAppKeyPem } from '../../src/adapters/app-key-pem.ts';
import { readRealGitHubSettings, type RealGitHubSettings } from './real-github-settings.ts';

const read = readRealGitHubSettings(process.env);
const fault =
  read.kind === 'missing'
    ? `set ${read.names.join(', ')}`
    : ((await faultOfKey(read.settings)) ?? (await faultOfOrganization(read.settings)));
if (fault !== undefined) {
  process.stderr.write(`Nothing was tested: ${fault} (CONTRIBUTING.md, "Against the real GitHub").\n`);
  process.exitCode = 1;
}

async function faultOfKey({ appKeyFile }: RealGitHubSettings): Promise<string | undefined> {
  const text = await readFile(appKeyFile, 'utf8').catch(() => undefined);
  if (text === undefined) return `GITHUB_TEST_APP_KEY_FILE: ${appKeyFile} cannot be read`;
  return readAppKeyPem(text) === undefined ? `GITHUB_TEST_APP_KEY_FILE: ${appKeyFile} is no RSA key in PEM` : undefined;
}

async function faultOfOrganization({ apiUrl, token, organization }: RealGitHubSettings): Promise<string | undefined> {
  const headers = { authorization: `Bearer ${token}` };
  const signal = AbortSignal.timeout(30_000);
  const answer = await fetch(`${apiUrl}/orgs/${organization}`, { headers, signal }).catch(() => undefined);
  if (answer === undefined) return `GITHUB_TEST_API_URL: ${apiUrl} does not answer`;
  if (answer.status === 401) return `GITHUB_TEST_TOKEN: GitHub does not accept it`;
  return answer.ok ? undefined : `GITHUB_TEST_ORGANIZATION: GitHub answers ${answer.status} for ${organization}`;
}
