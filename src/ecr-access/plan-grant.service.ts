import type { CustomerRecord } from '../customers/customer.ts';
import { noCustomer } from '../customers/customer.service.ts';
import type { Actor } from '../events/event.ts';
import type { Found } from '../ports/registry.ts';
import { requireDeclarable } from './declarable-grant.ts';
import type { EcrGrantRecord, EcrGrantSpec } from './ecr-grant.ts';
import { noGrant } from './ecr-grant.service.ts';
import { ecrJob } from './ecr-job.ts';
import type { EcrDependencies } from './ecr-job.ts';
import { draftGrantOperation } from './ecr-operation.ts';
import { planGrant } from './plan-grant.ts';
import type { GrantPlan } from './plan-grant.ts';

export interface GrantPlanDependencies extends EcrDependencies {
  /** Name of the role that every customer creates for us. */
  readonly roleName: string;
}

export interface GrantPlanRequest {
  readonly customer: string;
  readonly id: string;
  /** What a PUT would declare; absent: the grant as it is declared. */
  readonly spec: EcrGrantSpec | undefined;
  readonly actor: Actor;
}

/** Below what API Gateway grants, with room for the answer. */
const patienceMs = 22_000;

/** What an operation that applies the grant would check and change now; nothing is written. */
export async function planEcrGrant(deps: GrantPlanDependencies, request: GrantPlanRequest): Promise<GrantPlan> {
  const { owner, grant } = await declaredBy(deps, request);
  const { spec } = grant;
  const { customer } = request;
  const others = await deps.repositories.listGrants(customer, spec.registry);
  const grants = [...others.filter(({ id }) => id !== grant.id), grant];
  const draft = draftGrantOperation(deps, request, {
    ...{ kind: 'apply-ecr-grant', spec, owner, version: grant.version },
  });
  // The id is that of no operation: it names the session in the customer's CloudTrail.
  const operation = { ...draft, id: `plan-${deps.randomId().toLowerCase()}` };
  const repositories = { ...deps.repositories, listGrants: async () => grants };
  const knownAccountIds = await knownAccounts(deps, { customer, spec });
  const job = ecrJob({ ...deps, repositories }, operation);
  return planGrant({ job, grant, grants, knownAccountIds }, AbortSignal.timeout(patienceMs));
}

interface Declared {
  readonly owner: CustomerRecord;
  /** As it would be. */
  readonly grant: EcrGrantRecord;
}

/** Refuses what a PUT would refuse. */
async function declaredBy(deps: GrantPlanDependencies, { customer, id, spec }: GrantPlanRequest): Promise<Declared> {
  const accountId = spec?.registry.accountId;
  const found = await deps.registry.read({ customer, accountId, grant: id });
  const owner = found.customer.record;
  const present = found.grant.record;
  if (spec === undefined) {
    if (!owner || !present) throw noGrant({ customer, id });
    return { owner, grant: present };
  }
  if (!owner) throw noCustomer(customer);
  requireDeclarable(found, { customer, spec }, deps.now());
  return { owner, grant: recordOf({ customer, id, spec }, found.grant, deps.now()) };
}

function recordOf(
  { customer, id, spec }: { readonly customer: string; readonly id: string; readonly spec: EcrGrantSpec },
  place: Found['grant'],
  now: Date,
): EcrGrantRecord {
  const updatedAt = now.toISOString();
  const createdAt = place.record?.createdAt ?? updatedAt;
  return { customer, id, spec, version: place.version + 1, createdAt, updatedAt };
}

async function knownAccounts(
  { registry }: GrantPlanDependencies,
  { customer, spec: { principal } }: { readonly customer: string; readonly spec: EcrGrantSpec },
): Promise<ReadonlySet<string>> {
  if (principal.type === 'organization') return new Set();
  const { accountId } = principal;
  const { account } = await registry.read({ customer, accountId });
  return new Set(account.record ? [accountId] : []);
}
