/**
 * `npm run bench [-- --pairs N] [--requests N] [--json FILE]`: what the API costs before it answers, for a page of a
 * large fleet, at DynamoDB for each change, and to write a grant into many policies. Needs npm packages and DynamoDB Local; measures on a machine that does
 * nothing else. Ends with status 0 whether or not a goal is met.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeFindings, type Finding } from './findings.ts';
import { measureGrants } from './grant-runs.ts';
import { measureImport } from './import-runs.ts';
import { measureList } from './list-runs.ts';
import { startLocalDynamoDb } from './local-fleet.ts';
import { measureMutations } from './mutation-runs.ts';

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '25' },
    requests: { type: 'string', default: '60' },
    json: { type: 'string' },
  },
});
const pairs = wholeNumber('pairs', values.pairs);
const requests = wholeNumber('requests', values.requests);

const directory = await mkdtemp(join(tmpdir(), 'fleet-bench-'));
try {
  // One after the other, and the database last: what runs beside a measurement is measured along.
  const findings = [...(await measureImport(directory, pairs)), ...(await measureTable())];
  console.log(describeFindings(findings));
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(findings, undefined, 2)}\n`);
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function measureTable(): Promise<readonly Finding[]> {
  const dynamodb = await startLocalDynamoDb(directory, (line) => console.error(line));
  try {
    const table = [...(await measureMutations(dynamodb)), ...(await measureList(dynamodb, requests))];
    return [...table, ...(await measureGrants(dynamodb))];
  } finally {
    await dynamodb.stop();
  }
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} takes a whole number`);
  return number;
}
