/** The contract of `GitHost` against a real organization on GitHub: `npm run test:github` (CONTRIBUTING.md). */
import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { createGitHubGitHost } from '../../src/adapters/github-git-host.ts';
import { administeredRights, makeAdministeredGitHubWorld } from './administered-github-world.ts';
import { gitHostContract } from './git-host.contract.ts';
import { createPatientBudget, fetchPatiently } from './patient-budget.ts';
import { readRealGitHubSettings } from './real-github-settings.ts';

/** Below the documented 80, once for the App and once for the owner, whom GitHub counts apart. */
const perMinute = 60;

gitHostContract(
  'the real GitHub',
  async () => {
    const read = readRealGitHubSettings(process.env);
    if (read.kind === 'missing') throw new Error(`${read.names.join(', ')} must be set`);
    const { apiUrl, token, organization, appId, appKeyFile } = read.settings;
    const ours = await readFile(appKeyFile, 'utf8');
    const strangers = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const theirs = strangers.export({ type: 'pkcs8', format: 'pem' }).toString();
    const now = () => new Date();
    const wait = async (milliseconds: number): Promise<void> => setTimeout(milliseconds);
    const budget = createPatientBudget({ perMinute, now, wait });
    const owners = createPatientBudget({ perMinute, now, wait });
    return makeAdministeredGitHubWorld({
      owner: { apiUrl, token, fetch: fetchPatiently(fetch, { budget: owners, wait }) },
      ...{ organization, appId },
      host: (isStranger) =>
        createGitHubGitHost({
          ...{
            apiUrl,
            appId,
            appKey: () => Promise.resolve(isStranger ? theirs : ours),
            now,
            budget,
            randomBelow: () => 0,
          },
          ...{ sshUrlBase: 'ssh://git@github.com', knownHosts: '' },
        }),
    });
  },
  administeredRights,
);
