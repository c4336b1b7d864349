import { customerPath } from '../customers/customer.ts';

export interface AccountSpec {
  /** What people call the account. */
  readonly alias: string;
}

export interface AccountRecord {
  readonly customer: string;
  /** Twelve digits. */
  readonly id: string;
  readonly spec: AccountSpec;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When the role was last seen to refuse a call without the ExternalId. */
  readonly verifiedAt?: string | undefined;
}

/** The role that customers create for us has one fixed name, so that our own policy can be limited to it. */
export function customerRoleArn(options: { partition: string; accountId: string; roleName: string }): string {
  return `arn:${options.partition}:iam::${options.accountId}:role/${options.roleName}`;
}

/** The AWS partition that a region belongs to. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return 'aws';
}

/** What an account is taken under, by one customer of the fleet: our statements in its policies are that one's grants. */
export function accountUniqueName(id: string): string {
  return `aws-account/${id}`;
}

/** From the API's root. */
export function accountPath({ customer, id }: { readonly customer: string; readonly id: string }): string {
  return `${customerPath(customer)}/accounts/${id}`;
}
