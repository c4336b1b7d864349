import { getAccount } from '../accounts/account.service.ts';
import type { CustomerRecord } from '../customers/customer.ts';
import type { Actor } from '../events/event.ts';
import { FleetError } from '../errors.ts';
import { beginOperation } from '../operations/begin-operation.ts';
import type { BeginRequest } from '../operations/begin-operation.ts';
import { shortHash } from '../operations/operation-id.ts';
import type { Operation } from '../operations/operation.ts';
import type { EcrPolicyVersion, EcrRepositoryAddress } from '../ports/ecr-repositories.ts';
import { readPage } from '../registry/page.ts';
import type { Page } from '../registry/page.ts';
import type { EcrGrantDependencies } from './ecr-grant.service.ts';
import { draftRegistryOperation } from './ecr-operation.ts';

/** The policies that the repository had before our writes, the newest first. */
export async function listPolicyHistory(
  deps: Pick<EcrGrantDependencies, 'registry' | 'repositories'>,
  address: EcrRepositoryAddress,
  page: { readonly size: number; readonly after?: string | undefined },
): Promise<Page<EcrPolicyVersion>> {
  await ownerOf(deps, address);
  return readPage((request) => deps.repositories.listVersions(address, request), page);
}

export interface RestoreRequest {
  readonly address: EcrRepositoryAddress;
  /** Id of the document. */
  readonly version: string;
  readonly actor: Actor;
  readonly idempotency: BeginRequest['idempotency'];
}

/** Accepts an operation that brings back what others had in a former policy; our part follows the grants as they are. */
export async function restorePolicy(deps: EcrGrantDependencies, request: RestoreRequest): Promise<Operation> {
  const { address, version, actor, idempotency } = request;
  const { customer, registry, repository } = address;
  const owner = await ownerOf(deps, address);
  if (!(await deps.repositories.getVersion(address, version))) throw noVersion(repository, version);
  const restore = { repository, version };
  return beginOperation(deps, {
    draft: draftRegistryOperation(deps, {
      ...{ kind: 'restore-ecr-policy', customer, registry, owner, actor },
      snapshot: { restore },
      // One that does the same already is joined.
      hash: shortHash(restore),
    }),
    idempotency,
  });
}

/** Nobody sees anything of an account that is not the customer's. */
async function ownerOf(
  deps: Pick<EcrGrantDependencies, 'registry'>,
  { customer, registry }: EcrRepositoryAddress,
): Promise<CustomerRecord> {
  return (await getAccount(deps, { customer, id: registry.accountId })).customer;
}

function noVersion(repository: string, version: string): FleetError {
  const detail = `There is no policy ${version} of the repository ${repository}: policies are kept for 90 days.`;
  return new FleetError('not-found', detail);
}
