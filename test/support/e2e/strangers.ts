/** The strangers' program (test/strangers) beside a copy of the contract, away from everything of ours. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomBytes, randomInt } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleRegion } from '../../../sandbox/example.ts';
import { putCustomerRole } from '../../rig/example.ts';
import { gitHostName } from '../../rig/parts/api-environment.ts';
import { createAwsControl } from './aws-control.ts';
import { type CommandResult, runCommand } from './commands.ts';
import type { RigAccess } from './rig-access.ts';
import { fluxVersion, makeRepository } from './world.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const own = ['package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'onboard.ts'] as const;

export interface Strangers {
  /** `npm <args>` in their folder. */
  npm(...args: readonly string[]): Promise<CommandResult>;
  /** Writes a file beside their program; its path. */
  write(name: string, content: object): Promise<string>;
  remove(): Promise<void>;
}

/** Their folder lies as deep as in the checkout, so that their scripts find the contract. */
export async function createStrangers(): Promise<Strangers> {
  const directory = await mkdtemp(join(tmpdir(), 'fleet-strangers-'));
  const folder = join(directory, 'test', 'strangers');
  await cp(join(root, 'openapi.yaml'), join(directory, 'openapi.yaml'));
  for (const file of own) await cp(join(root, 'test', 'strangers', file), join(folder, file));
  return {
    // The registry is reached as the machine's npm does it: all of its settings go along.
    npm: (...args) => runCommand('npm', ['--prefix', folder, ...args], { env: npmEnvironment() }),
    async write(name, content) {
      const file = join(folder, name);
      await writeFile(file, JSON.stringify(content));
      return file;
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** What `npm run` tells of our own package is not theirs; and where the output is read, warnings of Node would be in it. */
function npmEnvironment(): Readonly<Record<string, string>> {
  const ours = /^npm_(package|lifecycle|command|execpath|node)|^npm_config_local_prefix$|^INIT_CWD$/;
  const theirs = Object.entries(process.env).filter(([name]) => !ours.test(name));
  return { ...Object.fromEntries(theirs.map(([name, value]) => [name, value ?? ''])), NODE_NO_WARNINGS: '1' };
}

export interface Ground {
  readonly onboarding: {
    readonly customer: { readonly id: string; readonly spec: object };
    readonly account: { readonly id: string; readonly spec: object };
    readonly cluster: { readonly id: string; readonly spec: object };
  };
  close(): Promise<void>;
}

/** What a customer has before anybody calls the API: a repository, an EKS cluster, and the role that we shall assume. */
export async function prepareGround(rig: RigAccess): Promise<Ground> {
  const run = randomBytes(4).toString('hex');
  const accountId = String(randomInt(100_000_000_000, 999_999_999_999));
  const id = 'production';
  const { owner, name } = await makeRepository(rig, `owner-${run}`, [id]);
  const address = { accountId, region: exampleRegion, name: `${id}-${run}` };
  await rig.addCluster(address);
  const { rig: details } = rig.env();
  await putCustomerRole(createAwsControl(details.awsControlUrl), {
    accountId,
    trustedPrincipalArn: details.product.arn,
  });
  const repository = { host: gitHostName, owner, name, branch: 'main' };
  return {
    onboarding: {
      customer: { id: `customer-${run}`, spec: { displayName: `Customer ${run}`, repository } },
      account: { id: accountId, spec: { alias: 'production' } },
      cluster: {
        id,
        spec: { accountId, region: exampleRegion, eksName: address.name, flux: { version: fluxVersion } },
      },
    },
    close: () => rig.removeCluster(address),
  };
}
