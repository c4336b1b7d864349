/** Those who ask for grants, change them and take them back, all at the same time. */
import type { PolicyDocument } from '../../../sandbox/simulators/iam-policy.ts';
import { accountRootArn, functionArns, roleArn as arnOfRole } from '../../../src/ecr-access/grant-statements.ts';
import { deleteEcrGrant, putEcrGrant } from '../../../src/ecr-access/ecr-grant.service.ts';
import type { EcrGrantSpec, EcrPrincipal } from '../../../src/ecr-access/ecr-grant.ts';
import { FleetError } from '../../../src/errors.ts';
import type { Operation } from '../../../src/operations/operation.ts';
import type { Executions } from './execution.ts';
import { customer, registry, type StormWorld } from './storm-world.ts';

export const repositories = ['api', 'web', 'team/worker', 'tools'] as const;
/** Some grants name it as well, and nobody ever makes it. */
export const missingRepository = 'nowhere';

const grants = Array.from({ length: 10 }, (_, index) => `grant-${index}`);

function principalOf(index: number): EcrPrincipal {
  const accountId = String(100_000_000_000 + index);
  switch (index % 5) {
    case 1:
      return { type: 'role', accountId, roleName: `ci/deployer-${index}` };
    case 2:
      return { type: 'organization', organizationId: `o-storm0000${index}` };
    case 3:
      return { type: 'lambda', accountId, region: registry.region };
    default:
      return { type: 'account', accountId };
  }
}

/** A text that stands in a policy as long as that holds the grant's right. */
export const marks: ReadonlyMap<string, string> = new Map(
  grants.map((grant, index) => {
    const principal = principalOf(index);
    if (principal.type === 'organization') return [grant, principal.organizationId];
    if (principal.type === 'role') return [grant, arnOfRole('aws', principal)];
    if (principal.type === 'lambda') return [grant, functionArns('aws', principal)];
    return [grant, accountRootArn('aws', principal.accountId)];
  }),
);

/** The roles that grants name. */
export function makeRoles({ ecr }: StormWorld): void {
  for (const [index] of grants.entries()) {
    const principal = principalOf(index);
    if (principal.type !== 'role') continue;
    const [arn, roleId] = [arnOfRole('aws', principal), `AROASTORM000000000${index}`];
    const nothing: PolicyDocument = { Version: '2012-10-17', Statement: [] };
    ecr.world.roles.set(arn, { arn, roleId, trustPolicy: nothing, policy: nothing, maxSessionSeconds: 3600 });
  }
}

export interface Writers {
  /** All of them, each until its request was accepted or there is nothing left to ask for. */
  work(): Promise<void>;
}

const writers = 20;
/** So many ask for a grant that is not there yet; the others find something to change. */
const firstWriters = 8;
/** And so many, when the others are mostly done, take back what they asked for as soon as they have it. */
const hastyWriters = 4;

export function createWriters(world: StormWorld, executions: Executions): Writers {
  const { random, schedule } = world;
  const deps = world.service(executions.start);

  function specOf(index: number): EcrGrantSpec {
    const [first, ...others] = [...repositories, missingRepository];
    const names = [first, ...others].filter(() => random.chance(0.45));
    const isAll = random.chance(0.15);
    const principal = principalOf(index);
    return {
      ...{ registry, principal, access: principal.type !== 'lambda' && random.chance(0.3) ? 'push' : 'pull' },
      repositories: isAll ? { all: true } : { names: names.length > 0 ? names : [random.pick(repositories)] },
      reason: 'a storm',
    };
  }

  /** As a caller does: again as soon as whoever else is at work on the grant has ended. */
  async function insist(ask: () => Promise<Operation>): Promise<Operation | undefined> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof FleetError)) throw error;
        if (error.code === 'not-found') return undefined;
        if (!mayPass.has(error.code)) throw error;
        await executions.whenEnded(error.location?.split('/').at(-1) ?? '');
        await schedule.wait(random.between(1, 200));
      }
    }
  }

  function requester(number: number, index: number) {
    const actor = { caller: `writer-${number}` };
    const request = { customer, id: grants[index] ?? '', precondition: { mustBeNew: false }, actor };
    return {
      put: () => insist(() => putEcrGrant(deps, { ...request, spec: specOf(index) })),
      remove: () => insist(() => deleteEcrGrant(deps, { ...request, abandon: false })),
    };
  }

  async function write(number: number): Promise<void> {
    const isFirst = number < firstWriters;
    const isHasty = number >= writers - hastyWriters;
    await schedule.wait(isHasty ? random.between(20_000, 60_000) : random.between(0, isFirst ? 3000 : 15_000));
    const { put, remove } = requester(number, isFirst ? number : random.below(grants.length));
    if (!isFirst && !isHasty && random.chance(0.5)) return void (await remove());
    const operation = await put();
    if (!isHasty) return;
    await executions.whenEnded(operation?.id ?? '');
    await remove();
  }

  return {
    async work() {
      await Promise.all(Array.from({ length: writers }, (_, number) => write(number)));
    },
  };
}

const mayPass: ReadonlySet<string> = new Set(['operation-in-progress', 'conflict', 'service-unavailable']);
