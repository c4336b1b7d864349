/** First half of `npm run test:github`: says what is needed when it is not there, and ends the run. */
import { readRealGitHubSettings } from './real-github-settings.ts';

const read = readRealGitHubSettings(process.env);
if (read.kind === 'missing') {
  process.stderr.write(
    `Nothing was tested: set ${read.names.join(', ')} (CONTRIBUTING.md, "Against the real GitHub").\n`,
  );
  process.exitCode = 1;
}
