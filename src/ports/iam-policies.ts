/** A role in one of a customer's accounts, and our way into the account. */
export interface IamTarget {
  readonly accountId: string;
  /** Where the session begins: IAM itself has no regions. */
  readonly region: string;
  /** The role that we assume in the customer's account. */
  readonly roleArn: string;
  readonly externalId: string;
  /** Names the session in the customer's CloudTrail: `[A-Za-z0-9=,.@-]{2,64}`. */
  readonly sessionName: string;
  /** The role that is looked at, without its path: a name stands once in an account. */
  readonly roleName: string;
}

export interface IamPolicy {
  /** Of a policy of the role's own its name, of a managed one its ARN. */
  readonly name: string;
  /** JSON. */
  readonly text: string;
}

export type ReadRolePolicies =
  | {
      readonly kind: 'read';
      /** With its path. */
      readonly arn: string;
      /** Its own, and those that are attached to it. */
      readonly policies: readonly IamPolicy[];
      readonly boundary?: IamPolicy | undefined;
    }
  | { readonly kind: 'role-missing' }
  /** We were not let in, or not as far. */
  | { readonly kind: 'role-not-assumable'; readonly detail: string }
  | { readonly kind: 'forbidden'; readonly action: string; readonly detail: string };

/** IAM in a customer's account. Failures that no union covers are `OutsideCallError`s. */
export interface IamPolicies {
  /** All documents that say what the role may do in its account, in their default versions. */
  readRolePolicies(target: IamTarget, signal: AbortSignal): Promise<ReadRolePolicies>;
}
