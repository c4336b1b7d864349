import { customerRoleArn, partitionOf } from '../accounts/account.ts';
import type { Reachability } from '../clusters/reachability.ts';
import type { CustomerRecord } from '../customers/customer.ts';
import { OutsideCallError } from '../errors.ts';
import { isOurOwn, refusalOf } from '../operations/operation-failures.ts';
import type { EcrShut, EcrTarget } from '../ports/ecr-registry.ts';
import type { EcrRegistry } from './ecr-grant.ts';
import { refusalOfShut } from './ecr-job.ts';

/** What was found in a customer's account, or why nothing was. */
export type Looked<T> =
  | { readonly kind: 'seen'; readonly value: T }
  | { readonly kind: 'unseen'; readonly code: string; readonly detail: string };

/** The way into an account of the customer, for one who only looks. */
export function lookTarget(
  place: EcrRegistry,
  {
    owner,
    roleName,
    sessionName,
  }: { owner: Pick<CustomerRecord, 'externalId'>; roleName: string; sessionName: string },
): EcrTarget {
  const { accountId, region } = place;
  const roleArn = customerRoleArn({ partition: partitionOf(region), accountId, roleName });
  return { accountId, region, roleArn, externalId: owner.externalId, sessionName };
}

/** That we are not let in, or that nobody answers, is something to tell, not to throw. */
export async function look<T extends { readonly kind: string }>(
  target: Pick<EcrTarget, 'roleArn'>,
  ask: () => Promise<T | EcrShut>,
): Promise<Looked<Exclude<T, EcrShut>>> {
  try {
    const answer = await ask();
    if (!isShut(answer)) return { kind: 'seen', value: answer as Exclude<T, EcrShut> };
    return { kind: 'unseen', ...told(refusalOfShut({ target }, answer)) };
  } catch (error) {
    if (!(error instanceof OutsideCallError) || isOurOwn(error)) throw error;
    return { kind: 'unseen', ...told(refusalOf(error)) };
  }
}

export function reachabilityOf(looked: Looked<unknown>): Reachability {
  if (looked.kind === 'seen') return { isReachable: true };
  const { code, detail } = looked;
  return { isReachable: false, code, detail };
}

function isShut(answer: { readonly kind: string }): answer is EcrShut {
  return answer.kind === 'role-not-assumable' || answer.kind === 'forbidden';
}

function told({ code, detail }: { readonly code: string; readonly detail: string }) {
  return { code, detail };
}
