import { changeRecord } from '../events/change-record.ts';
import type { ChangeDependencies } from '../events/change-record.ts';
import { FleetError } from '../errors.ts';
import type { EcrGrantOperation } from '../operations/operation.ts';
import type { Registry } from '../ports/registry.ts';
import type { Place } from '../registry/place.ts';
import { changedMeanwhile, isSameSpec } from '../registry/precondition.ts';
import { ecrGrantPath } from './ecr-grant.ts';
import type { EcrGrantRecord } from './ecr-grant.ts';

export interface DeclareDependencies extends ChangeDependencies {
  readonly registry: Registry;
}

/**
 * Writes what the operation declares: the grant, or that it is withdrawn. The operation has the grant for itself, so that
 * nobody else writes it meanwhile; done already is success. `conflict`: it was written between the request's look at it
 * and the claim.
 */
export async function declareGrant(deps: DeclareDependencies, operation: EcrGrantOperation): Promise<void> {
  const { customer, grant: id, snapshot } = operation;
  const { grant: place } = await read(deps, operation);
  if (isDeclared(operation, place.record)) return requireOwners(deps, operation);
  if (place.version !== snapshot.baseVersion) throw changedMeanwhile();
  const at = deps.now().toISOString();
  const record: EcrGrantRecord = {
    ...{ customer, id, spec: snapshot.spec, version: place.version + 1 },
    createdAt: place.record?.createdAt ?? at,
    updatedAt: at,
    ...(operation.kind === 'withdraw-ecr-grant' ? { isWithdrawn: true } : {}),
  };
  await changeRecord(deps, {
    ...{ customer, actor: actorOf(operation), place, at, ...subjectOf(operation) },
    after: snapshot.spec,
    type: typeOf(operation, place),
    write: ({ changedBy }) => deps.registry.putEcrGrant(record, changedBy),
  });
  await requireOwners(deps, operation);
}

/** Customer or account may have been deleted while the grant was declared: then the grant goes as well. */
async function requireOwners(deps: DeclareDependencies, operation: EcrGrantOperation): Promise<void> {
  if (operation.kind === 'withdraw-ecr-grant') return;
  const { customer, account, grant } = await read(deps, operation);
  if (customer.record && account.record) return;
  if (grant.record) await forget(deps, operation, { place: grant });
  throw new FleetError('conflict', 'The customer or the account was deleted at the same moment.');
}

/** Of a grant that is abandoned: the policies that its right stays in. */
export interface RepositoriesLeft {
  readonly repositories: readonly string[];
  readonly hasMore: boolean;
}

/** A withdrawn grant that is in no policy any more, or is abandoned. Gone already is success. */
export async function forgetGrant(
  deps: DeclareDependencies,
  operation: EcrGrantOperation,
  abandoned?: RepositoriesLeft,
): Promise<void> {
  const { grant: place } = await read(deps, operation);
  if (place.record?.isWithdrawn !== true) return;
  try {
    await forget(deps, operation, { place, abandoned });
  } catch (error) {
    // Another attempt of the step, which was given up or came after this one, may have done it meanwhile.
    const { grant: present } = await read(deps, operation);
    if (present.record?.isWithdrawn === true) throw error;
  }
}

async function forget(
  deps: DeclareDependencies,
  operation: EcrGrantOperation,
  { place, abandoned }: { readonly place: Place<EcrGrantRecord>; readonly abandoned?: RepositoriesLeft | undefined },
): Promise<void> {
  const { customer, grant: id } = operation;
  await changeRecord(deps, {
    ...{ customer, actor: actorOf(operation), place, at: deps.now().toISOString(), ...subjectOf(operation) },
    after: abandoned && { abandoned },
    type: 'ecr-grant.deleted',
    write: (change) => deps.registry.deleteEcrGrant(customer, id, change),
  });
}

function read({ registry }: DeclareDependencies, { customer, grant, snapshot }: EcrGrantOperation) {
  return registry.read({ customer, accountId: snapshot.registry.accountId, grant });
}

function isDeclared({ kind, snapshot }: EcrGrantOperation, record: EcrGrantRecord | undefined): boolean {
  // Withdrawn and forgotten by an earlier attempt.
  if (!record) return kind === 'withdraw-ecr-grant';
  const isWithdrawn = record.isWithdrawn === true;
  return isSameSpec(record.spec, snapshot.spec) && isWithdrawn === (kind === 'withdraw-ecr-grant');
}

function typeOf({ kind }: EcrGrantOperation, place: Place<EcrGrantRecord>) {
  if (kind === 'withdraw-ecr-grant') return 'ecr-grant.withdrawn';
  return place.record ? 'ecr-grant.updated' : 'ecr-grant.created';
}

function actorOf({ caller, requestId }: EcrGrantOperation) {
  return { caller, requestId };
}

function subjectOf({ customer, grant: id }: EcrGrantOperation) {
  return { subject: { kind: 'grant', id }, resource: ecrGrantPath({ customer, id }) } as const;
}
