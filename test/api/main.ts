/**
 * `npm run test:api [-- --seconds N] [--seed N] [--contract FILE]`: strangers prove the contract. schemathesis knows
 * nothing of us but openapi.yaml; it sends what that allows and what it forbids to the API with everything real behind
 * it (test/rig), and holds each answer against it.
 *
 * It spends N seconds, by default 500, and is judged 40 seconds later at the latest. The run fails where schemathesis
 * finds anything, with fewer than 10,000 cases, where an operation never succeeded, and at any 5xx.
 * With other seconds than the default the number of cases is not judged.
 */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { endChildren } from '../rig/parents.ts';
import { type Rig, startRig } from '../rig/rig.ts';
import { obtainSchemathesis, runSchemathesis } from './schemathesis.ts';
import { plantSeeds } from './seeds.ts';
import { operationsOf, readTally } from './tally.ts';
import { describeTally, faultsOf } from './verdict.ts';

const root = join(import.meta.dirname, '..', '..');
const defaultSeconds = 500;
const leastCases = 10_000;
/** For the last cases and the reports. */
const graceSeconds = 40;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: String(defaultSeconds) },
    seed: { type: 'string' },
    contract: { type: 'string', default: join(root, 'openapi.yaml') },
  },
});
const seconds = Number(values.seconds);
if (!Number.isInteger(seconds) || seconds < 1) throw new Error('--seconds takes a whole number');

const say = (line: string): void => console.log(line);
/** In the checkout but not of it (.gitignore); stays, for whoever looks for what went wrong. */
const reportDirectory = join(root, '.data', 'test-api');
const rigDirectory = await mkdtemp(join(tmpdir(), 'fleet-api-test-'));
let rig: Rig | undefined;

async function end(exitCode: number): Promise<void> {
  if (rig === undefined) endChildren();
  else await rig.stop();
  await rm(rigDirectory, { recursive: true, force: true });
  process.exit(exitCode);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void end(130));

try {
  const faults = await test();
  for (const fault of faults) console.error(`FAILED: ${fault}`);
  await end(faults.length === 0 ? 0 : 1);
} catch (error) {
  console.error(error);
  await end(1);
}

async function test(): Promise<readonly string[]> {
  const contract = resolve(values.contract);
  const operations = await operationsOf(contract);
  const python = await obtainSchemathesis(say);
  await rm(reportDirectory, { recursive: true, force: true });
  await mkdir(reportDirectory, { recursive: true });
  rig = await startRig({ directory: rigDirectory, progress: say });
  await plantSeeds(rig);
  say(`seeds planted; ${operations.length} operations, ${seconds} s`);
  const { apiUrl, rig: details } = rig.env();
  const { exitCode, eventsFile } = await runSchemathesis({
    ...{ python, contract, apiUrl, seconds, directory: reportDirectory },
    limitSeconds: seconds + graceSeconds,
    ...(values.seed === undefined ? {} : { seed: values.seed }),
  });
  await copyFile(join(details.logDirectory, 'api.log'), join(reportDirectory, 'api.log'));
  const tally = await readTally(eventsFile, operations);
  say(`\n${describeTally(tally)}\nreports and the API's log: ${reportDirectory}`);
  return faultsOf({ exitCode, tally, leastCases: seconds === defaultSeconds ? leastCases : 0 });
}
