/** `npm run rig [-- --dir DIR]`: every real part and the API on this machine, until Ctrl-C or the end of the parent. */
import { parseArgs } from 'node:util';
import { endChildren, watchParents } from './parents.ts';
import { type Rig, startRig } from './rig.ts';

const values = readArguments();

function readArguments(): { readonly dir: string } {
  try {
    return parseArgs({ options: { dir: { type: 'string', default: '.rig' } } }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\nusage: npm run rig [-- --dir DIR]`);
    process.exit(2);
  }
}

let rig: Rig | undefined;
let isEnding = false;

async function end(reason: string, exitCode: number): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  console.log(`stopping: ${reason}`);
  // Before the rig stands its parts end with this process, and a build has to be told.
  if (rig === undefined) endChildren();
  else await rig.stop();
  process.exit(exitCode);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(signal, 0));
// Nobody reads any more; the rig is to stop in order all the same.
process.stdout.on('error', () => undefined);
watchParents(() => void end('the parent process ended', 0));

try {
  rig = await startRig({ directory: values.dir, progress: (line) => console.log(line) });
  console.log(summary(rig));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

function summary(ready: Rig): string {
  const { apiUrl, gitUrl, gitSshUrl, dynamodbUrl, kubeconfig, fluxCli, kubectl, rig: details } = ready.env();
  const lines = {
    API: apiUrl,
    'Git server': `${gitUrl} and ${gitSshUrl}`,
    'API server': `${details.kubernetesUrl} (administrator: ${kubeconfig})`,
    DynamoDB: dynamodbUrl,
    AWS: `${details.stsUrl} (STS), ${details.eksUrl} (EKS, ECR, IAM)`,
    authenticator: details.authenticatorUrl,
    node: details.nodeUrl,
    tools: `${fluxCli}, ${kubectl}`,
    logs: details.logDirectory,
  };
  const listing = Object.entries(lines).map(([name, value]) => `  ${`${name}:`.padEnd(15)}${value}`);
  return ['ready:', ...listing, `all of it is in ${details.directory}/env.json; Ctrl-C stops the rig`].join('\n');
}
