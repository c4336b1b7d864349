/** The product over simulators of STS and ECR: one customer, whose account has a registry with repositories. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createEngine } from '../../sandbox/engine/engine.ts';
import { createEcrRegistry } from '../../src/adapters/ecr-registry.ts';
import { createIamPolicies } from '../../src/adapters/iam-policies.ts';
import type { EcrGrantSpec } from '../../src/ecr-access/ecr-grant.ts';
import type { EcrDependencies } from '../../src/ecr-access/ecr-job.ts';
import { createEcrHandler } from '../../src/lambdas/write-ecr-policies-handler.ts';
import type { EcrRegistryAccess } from '../../src/ports/ecr-registry.ts';
import type { EcrRepositoryStore } from '../../src/ports/ecr-repositories.ts';
import { provider, startAwsSimulators, trustPolicy } from './aws-simulators.ts';
import type { AwsSimulators } from './aws-simulators.ts';
import { withFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import type { MemoryTable } from './memory-table.ts';
import { customerSpec, makeFleet } from './fleet.ts';
import type { CallOptions, Fleet } from './fleet.ts';

export const registry = { accountId: '333344445555', region: 'eu-west-1' } as const;
export const stagingAccount = '222233334444';
export const grantsPath = '/v1/customers/acme/ecr-grants';

export const stagingPull: EcrGrantSpec = {
  registry,
  repositories: { names: ['api', 'web'] },
  principal: { type: 'account', accountId: stagingAccount },
  access: 'pull',
  reason: 'staging deploys',
};

export interface ShownOperation {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly failure?: { readonly step: string; readonly code: string; readonly detail: string };
  readonly steps: readonly { readonly name: string; readonly state: string; readonly evidence?: object }[];
}

export interface EcrFleet {
  readonly fleet: Fleet;
  readonly aws: AwsSimulators;
  readonly deps: EcrDependencies;
  readonly faults: { readonly ecr: Faults<EcrRegistryAccess>; readonly repositories: Faults<EcrRepositoryStore> };
  /** Makes a repository, with a policy where one is given. */
  putRepository(name: string, policy?: object): Promise<void>;
  /** The policy as ECR has it, behind the product's back; `undefined`: none. */
  policyOf(name: string): Promise<PolicyView | undefined>;
  /** Asks the API and lets the operation that it began run to its end. */
  run(method: string, grant: string, options?: CallOptions): Promise<ShownOperation>;
  /** Lets an operation that was accepted run to its end. */
  finish(operationId: string): Promise<ShownOperation>;
}

export interface PolicyView {
  readonly Statement: readonly Readonly<Record<string, unknown>>[];
}

export async function ecrFleet(table: MemoryTable): Promise<EcrFleet> {
  const aws = await startAwsSimulators();
  onTestFinished(() => aws.stop());
  const ecr = withFaults<EcrRegistryAccess>(
    createEcrRegistry({ credentials: provider, stsEndpoint: aws.url, ecrEndpoint: aws.url }),
  );
  const iam = createIamPolicies({ credentials: provider, stsEndpoint: aws.url, iamEndpoint: aws.url });
  const fleet = makeFleet(table, { ecr: ecr.port, iam });
  const repositories = withFaults<EcrRepositoryStore>(fleet.deps.repositories);
  const deps: EcrDependencies = { ...fleet.deps, ecr: ecr.port, repositories: repositories.port };
  await aws.put(`principals/${provider.accessKeyId}`, { secretAccessKey: provider.secretAccessKey, arn: provider.arn });
  await enter(fleet, aws);
  const finish = await runner(fleet, deps);
  const control = (name: string) => `ecr/${registry.accountId}/${registry.region}/${name}`;
  return {
    ...{ fleet, aws, deps, finish, faults: { ecr: ecr.faults, repositories: repositories.faults } },
    putRepository: (name, policy) => aws.put(control(name), policy === undefined ? {} : { policy }),
    async policyOf(name) {
      const answer = await fetch(`${aws.url}/_world/${control(name)}`);
      const { policy } = (await answer.json()) as { policy: PolicyView | null };
      return policy ?? undefined;
    },
    async run(method, grant, options) {
      const answer = await fleet.call(method, `${grantsPath}/${grant}`, options);
      if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
      const { id } = (await answer.json()) as { id: string };
      return finish(id);
    },
  };
}

/** The customer with its account, whose role trusts us with the ExternalId that we have made. */
async function enter(fleet: Fleet, aws: AwsSimulators): Promise<void> {
  await fleet.call('PUT', '/v1/customers/acme', { body: customerSpec });
  const path = `/v1/customers/acme/accounts/${registry.accountId}`;
  const answer = await fleet.call('PUT', path, { body: { alias: 'registry' } });
  const { status } = (await answer.json()) as { status: { externalId: string } };
  await aws.put(`roles/${registry.accountId}/fleet-api`, { trustPolicy: trustPolicy(status.externalId) });
}

async function runner(fleet: Fleet, deps: EcrDependencies): Promise<EcrFleet['finish']> {
  const directory = await mkdtemp(join(tmpdir(), 'ecr-'));
  const engine = await createEngine({
    directory,
    functions: { ecr: (client) => createEcrHandler(deps, client) },
    log: (event, fields) => void fleet.logged.push({ event, ...fields }),
    ...fleet.clock.engine,
  });
  onTestFinished(async () => {
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  });
  return async (operationId) => {
    const payload = JSON.stringify({ operationId });
    await engine.start({ functionName: 'ecr', executionName: operationId, payload });
    await engine.whenEnded(operationId);
    const answer = await fleet.call('GET', `/v1/customers/acme/operations/${operationId}`);
    return (await answer.json()) as ShownOperation;
  };
}
