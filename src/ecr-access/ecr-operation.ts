import { customerRoleArn, partitionOf } from '../accounts/account.ts';
import type { CustomerRecord } from '../customers/customer.ts';
import type { Actor } from '../events/event.ts';
import { shortHash } from '../operations/operation-id.ts';
import type { EcrGrantOperation, EcrRegistryOperation, EcrRegistrySnapshot, EcrWay } from '../operations/operation.ts';
import type { EcrGrantSpec, EcrRegistry } from './ecr-grant.ts';

export interface EcrOperationDependencies {
  /** Name of the role that every customer creates for us. */
  readonly roleName: string;
  readonly now: () => Date;
}

export interface GrantWish {
  readonly kind: EcrGrantOperation['kind'];
  readonly spec: EcrGrantSpec;
  readonly owner: CustomerRecord;
  /** Of the grant's record. */
  readonly version: number;
  readonly abandon?: boolean | undefined;
}

/** All steps have their own limits; this one is for an execution that goes round in circles. */
const deadlineMinutes = 60;

/** All of the operation but its id: what it acts on is the customer as it is now. */
export function draftGrantOperation(
  deps: EcrOperationDependencies,
  { customer, id, actor }: { readonly customer: string; readonly id: string; readonly actor: Actor },
  { kind, spec, owner, version, abandon }: GrantWish,
): Omit<EcrGrantOperation, 'id'> {
  const hash = shortHash([kind, spec, abandon === true]);
  return {
    ...{ kind, customer, grant: id, state: 'PENDING', ...actor, steps: {} },
    ...timesOf(deps),
    snapshot: {
      ...{ ...wayInto(deps, spec.registry, owner), spec, baseVersion: version },
      ...(abandon === true ? { abandon } : {}),
    },
    ...{ desiredHash: hash, fingerprint: hash },
  };
}

export interface RegistryWish {
  readonly kind: EcrRegistryOperation['kind'];
  readonly customer: string;
  readonly registry: EcrRegistry;
  readonly owner: Pick<CustomerRecord, 'externalId'>;
  readonly actor: Actor;
  /** Beside the way into the registry. */
  readonly snapshot: Omit<EcrRegistrySnapshot, keyof EcrWay>;
  /** Of what is asked for: equal ones may join. */
  readonly hash: string;
}

/** All of the operation but its id. */
export function draftRegistryOperation(
  deps: EcrOperationDependencies,
  { kind, customer, registry, owner, actor, snapshot, hash }: RegistryWish,
): Omit<EcrRegistryOperation, 'id'> {
  const { accountId, region } = registry;
  return {
    ...{ kind, customer, registry: `${accountId}/${region}`, state: 'PENDING', ...actor, steps: {} },
    ...timesOf(deps),
    snapshot: { ...wayInto(deps, registry, owner), ...snapshot },
    ...{ desiredHash: hash, fingerprint: hash },
  };
}

/** When it was accepted, and until when it may take. */
function timesOf({ now }: Pick<EcrOperationDependencies, 'now'>) {
  const createdAt = now();
  const deadlineAt = new Date(createdAt.getTime() + deadlineMinutes * 60_000);
  return { createdAt: createdAt.toISOString(), deadlineAt: deadlineAt.toISOString() };
}

/** How a registry of the customer is entered. */
export function wayInto(
  { roleName }: Pick<EcrOperationDependencies, 'roleName'>,
  registry: EcrRegistry,
  { externalId }: Pick<CustomerRecord, 'externalId'>,
): EcrWay {
  const { accountId, region } = registry;
  return { registry, roleArn: customerRoleArn({ partition: partitionOf(region), accountId, roleName }), externalId };
}
