import { noCustomer } from '../customers/customer.service.ts';
import { ownCaller } from '../events/event.ts';
import type { Actor } from '../events/event.ts';
import { FleetError } from '../errors.ts';
import { beginOperation } from '../operations/begin-operation.ts';
import type { BeginDependencies } from '../operations/begin-operation.ts';
import type { Operation } from '../operations/operation.ts';
import type { EcrRepositoryRecord, EcrRepositoryStore, UnseenRegistry } from '../ports/ecr-repositories.ts';
import type { Holding } from '../ports/registry.ts';
import { readPage } from '../registry/page.ts';
import type { Page } from '../registry/page.ts';
import { requirePrecondition } from '../registry/precondition.ts';
import type { Precondition } from '../registry/precondition.ts';
import { requireDeclarable } from './declarable-grant.ts';
import { declareGrant } from './declare-grant.ts';
import { isLive } from './ecr-grant.ts';
import type { EcrGrantRecord, EcrGrantSpec } from './ecr-grant.ts';
import { draftGrantOperation } from './ecr-operation.ts';
import type { GrantWish } from './ecr-operation.ts';

export interface EcrGrantDependencies extends BeginDependencies {
  readonly repositories: EcrRepositoryStore;
  /** Name of the role that every customer creates for us. */
  readonly roleName: string;
}

export interface EcrGrantAddress {
  readonly customer: string;
  readonly id: string;
}

export interface EcrGrantChange extends EcrGrantAddress {
  readonly precondition: Precondition;
  readonly actor: Actor;
}

export interface EcrGrantView {
  readonly record: EcrGrantRecord;
  readonly holding: Holding;
  /** The first of the repositories that it was applied to. */
  readonly repositories: Page<EcrRepositoryRecord>;
  /** Nobody can look at its registry at present. */
  readonly unseen: UnseenRegistry | undefined;
}

/** Shown with a grant; all of them are a list of their own. */
const mostShown = 200;

export async function getEcrGrant(deps: EcrGrantDependencies, address: EcrGrantAddress): Promise<EcrGrantView> {
  const { customer, id } = address;
  const { grant, customer: owner } = await deps.registry.read({ customer, grant: id });
  if (!grant.record || !owner.record) throw noGrant(address);
  const { registry } = grant.record.spec;
  const [holding, repositories, unseen] = await Promise.all([
    deps.registry.getHolding(customer, { grant: id }),
    readPage((request) => deps.repositories.list({ customer, registry, grant: id }, request), { size: mostShown }),
    deps.repositories.getUnseen({ customer, registry }),
  ]);
  return { record: grant.record, holding, repositories, unseen };
}

/** In the order of their ids. */
export async function listEcrGrants(
  deps: Pick<EcrGrantDependencies, 'registry'>,
  customer: string,
  page: { readonly size: number; readonly after?: string | undefined },
): Promise<Page<EcrGrantRecord>> {
  if (!(await deps.registry.getCustomer(customer))) throw noCustomer(customer);
  return readPage((request) => deps.registry.listEcrGrants(customer, request), page);
}

/** What became of the grant at each repository, in the order of their names. */
export async function listGrantResults(
  deps: Pick<EcrGrantDependencies, 'registry' | 'repositories'>,
  address: EcrGrantAddress,
  page: { readonly size: number; readonly after?: string | undefined },
): Promise<Page<EcrRepositoryRecord>> {
  const { customer, id } = address;
  const { grant, customer: owner } = await deps.registry.read({ customer, grant: id });
  if (!grant.record || !owner.record) throw noGrant(address);
  const { registry } = grant.record.spec;
  return readPage((request) => deps.repositories.list({ customer, registry, grant: id }, request), page);
}

/** Creates or replaces a grant: answers the operation that applies it. The same again applies it again. */
export async function putEcrGrant(
  deps: EcrGrantDependencies,
  request: EcrGrantChange & { readonly spec: EcrGrantSpec },
): Promise<Operation> {
  const { customer, id, spec } = request;
  const { accountId } = spec.registry;
  const found = await deps.registry.read({ customer, accountId, grant: id });
  if (!found.customer.record) throw noCustomer(customer);
  requirePrecondition(request.precondition, found.grant.record);
  requireDeclarable(found, request, deps.now());
  return begin(deps, request, {
    kind: 'apply-ecr-grant',
    spec,
    owner: found.customer.record,
    version: found.grant.version,
  });
}

/** Withdraws a grant: answers the operation that takes it out of every policy, and then forgets it. */
export async function deleteEcrGrant(
  deps: EcrGrantDependencies,
  request: EcrGrantChange & { readonly abandon: boolean },
): Promise<Operation> {
  const { customer, id, abandon } = request;
  const found = await deps.registry.read({ customer, grant: id });
  const { record, version } = found.grant;
  if (!record || !found.customer.record) throw noGrant(request);
  requirePrecondition(request.precondition, record);
  const wish = { spec: record.spec, owner: found.customer.record, version, abandon };
  return begin(deps, request, { kind: 'withdraw-ecr-grant', ...wish });
}

/** Once more what is declared, by ourselves; `undefined`: it is not to be any more. */
export async function applyAgain(deps: EcrGrantDependencies, address: EcrGrantAddress): Promise<Operation | undefined> {
  const { grant, customer: owner } = await deps.registry.read({ customer: address.customer, grant: address.id });
  if (!grant.record || !owner.record || !isLive(grant.record, deps.now())) return undefined;
  const { spec } = grant.record;
  return begin(
    deps,
    { ...address, actor: own },
    { kind: 'apply-ecr-grant', spec, owner: owner.record, version: grant.version },
  );
}

/** Once more a DELETE that did not come to its end; `undefined`: it has, or the grant was declared again. */
export async function withdrawAgain(
  deps: EcrGrantDependencies,
  address: EcrGrantAddress,
): Promise<Operation | undefined> {
  const { grant, customer: owner } = await deps.registry.read({ customer: address.customer, grant: address.id });
  if (grant.record?.isWithdrawn !== true || !owner.record) return undefined;
  const { spec } = grant.record;
  return begin(
    deps,
    { ...address, actor: own },
    { kind: 'withdraw-ecr-grant', spec, owner: owner.record, version: grant.version },
  );
}

const own: Actor = { caller: ownCaller };

function begin(
  deps: EcrGrantDependencies,
  change: Omit<EcrGrantChange, 'precondition'>,
  wish: GrantWish,
): Promise<Operation> {
  return beginOperation(deps, {
    draft: draftGrantOperation(deps, change, wish),
    declare: async (operation) => {
      if ('grant' in operation) await declareGrant(deps, operation);
    },
  });
}

export function noGrant({ customer, id }: EcrGrantAddress): FleetError {
  return new FleetError('not-found', `The customer ${customer} has no ECR grant ${id}.`);
}
