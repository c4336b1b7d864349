/** How long a fresh process needs to import the API's bundle, and a bundle that makes a DynamoDB client, in turn. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type Bundle, createBundle } from './bundle.ts';
import { median } from './measure.ts';
import type { Finding } from './findings.ts';

/** What belongs to the functions that look into customers' accounts, clusters and repositories (design §8). */
const forbiddenPackages = /^(@aws-sdk\/client-(eks|sts)|undici|tar|yaml|octokit|@octokit\/.*)$/;

const bareClient = `
  import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
  export const client = new DynamoDBClient({});
`;

export async function measureImport(directory: string, pairs: number): Promise<readonly Finding[]> {
  const api = await createBundle(
    { file: join(import.meta.dirname, '../../src/lambdas/api.ts') },
    join(directory, 'api'),
  );
  const bare = await createBundle({ text: bareClient }, join(directory, 'bare'));
  const ours: ImportTime[] = [];
  const peer: ImportTime[] = [];
  // The first of each also brings the files into the machine's memory.
  for (const bundle of [api, bare]) await importOnce(bundle);
  for (let pair = 0; pair < pairs; pair += 1) {
    // Whoever comes second would profit each time.
    if (pair % 2 === 0) ours.push(await importOnce(api));
    peer.push(await importOnce(bare));
    if (pair % 2 === 1) ours.push(await importOnce(api));
  }
  return [
    ratioFinding('import of the API ÷ of a DynamoDB client', 1.3, { ours, peer, unit: 'elapsedMs' }),
    ratioFinding('the same in processor time', null, { ours, peer, unit: 'processorMs' }),
    sizeFinding('read by the import of the API', api, bare),
    forbiddenFinding(api),
  ];
}

interface ImportTime {
  readonly elapsedMs: number;
  /** In user mode, which other processes disturb least. */
  readonly processorMs: number;
}

const probe = `
  const before = process.cpuUsage();
  const startedAt = performance.now();
  await import(process.argv[1]);
  const elapsedMs = performance.now() - startedAt;
  console.log(JSON.stringify({ elapsedMs, processorMs: process.cpuUsage(before).user / 1000 }));
`;

async function importOnce({ file }: Bundle): Promise<ImportTime> {
  const args = ['--input-type=module', '--eval', probe, pathToFileURL(file).href];
  // Nothing of our own environment: a compile cache, say, would be another measurement.
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: settings });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as ImportTime;
}

const settings: Readonly<Record<string, string>> = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  FLEET_TABLE: 'fleet',
  FLEET_TRUSTED_PRINCIPAL_ARN: 'arn:aws:iam::999988887777:role/fleet-api',
  FLEET_GIT_HOSTS: JSON.stringify([
    {
      ...{ name: 'git.example', kind: 'gitea', apiUrl: 'https://git.example/api/v1', sshUrl: 'ssh://git@git.example' },
      ...{ knownHosts: 'git.example ssh-ed25519 AAAA', tokenFile: '/nonexistent/token' },
    },
  ]),
  FLEET_DISTRIBUTIONS_CACHE: '/nonexistent/distributions',
  FLEET_BOOTSTRAP_FUNCTION_ARN: 'arn:aws:lambda:eu-west-1:999988887777:function:fleet-bootstrap:live',
  FLEET_ECR_FUNCTION_ARN: 'arn:aws:lambda:eu-west-1:999988887777:function:fleet-ecr:live',
};

function ratioFinding(
  measure: string,
  goal: number | null,
  times: {
    readonly ours: readonly ImportTime[];
    readonly peer: readonly ImportTime[];
    readonly unit: keyof ImportTime;
  },
): Finding {
  const [ours, peer] = [times.ours, times.peer].map((side) => median(side.map((time) => time[times.unit])));
  const detail = `${ours?.toFixed(1)} ms ÷ ${peer?.toFixed(1)} ms, medians of ${times.ours.length} pairs`;
  return { measure, value: (ours ?? NaN) / (peer ?? NaN), unit: 'ratio', goal, detail };
}

function sizeFinding(measure: string, api: Bundle, bare: Bundle): Finding {
  const kilobytes = (bytes: number) => Math.round(bytes / 1000);
  const detail =
    `DynamoDB client ${kilobytes(bare.importedBytes)} KB; ` +
    `with what is read later ${kilobytes(api.allBytes)} and ${kilobytes(bare.allBytes)} KB`;
  return { measure, value: kilobytes(api.importedBytes), unit: 'KB', goal: null, detail };
}

function forbiddenFinding({ packages }: Bundle): Finding {
  const found = [...packages].filter((name) => forbiddenPackages.test(name)).toSorted();
  const detail = found.length > 0 ? found.join(', ') : `none among ${packages.size} packages`;
  return { measure: 'forbidden packages in the API', value: found.length, unit: 'packages', goal: 0, detail };
}
