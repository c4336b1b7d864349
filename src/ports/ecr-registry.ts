/** One customer's registry and the way to it. */
export interface EcrTarget {
  readonly accountId: string;
  readonly region: string;
  /** The role that we assume in the customer's account. */
  readonly roleArn: string;
  readonly externalId: string;
  /** Names the session in the customer's CloudTrail: `[A-Za-z0-9=,.@-]{2,64}`. */
  readonly sessionName: string;
}

/** We were not let in, or not as far. */
export type EcrShut =
  | { readonly kind: 'role-not-assumable'; readonly detail: string }
  | { readonly kind: 'forbidden'; readonly action: string; readonly detail: string };

export interface EcrRepository {
  readonly name: string;
  readonly arn: string;
  /** ARN of the KMS key with which it is encrypted, the customer's own or AWS's for ECR; absent: with none (AES256). */
  readonly kmsKeyArn?: string | undefined;
}

export type ListedRepositories =
  | { readonly kind: 'listed'; readonly repositories: readonly EcrRepository[]; readonly next?: string | undefined }
  | EcrShut;

/** `text` as ECR gives it; absent: the repository has no policy. */
export type ReadPolicy =
  | { readonly kind: 'read'; readonly text?: string | undefined }
  | { readonly kind: 'repository-missing' }
  | EcrShut;

export type WrittenPolicy =
  | { readonly kind: 'written' }
  | { readonly kind: 'repository-missing' }
  /** ECR refuses the document: a principal in it does not exist (it does not say which), or its form. */
  | { readonly kind: 'policy-refused'; readonly detail: string }
  | EcrShut;

/** Private ECR in a customer's account. Failures that no union covers are `OutsideCallError`s. */
export interface EcrRegistryAccess {
  /** In ECR's order, a page at a time; `after` is the `next` of the page before. */
  listRepositories(target: EcrTarget, after: string | undefined, signal: AbortSignal): Promise<ListedRepositories>;
  readPolicy(target: EcrTarget, repository: string, signal: AbortSignal): Promise<ReadPolicy>;
  /** Replaces the whole document. */
  writePolicy(
    target: EcrTarget,
    policy: { readonly repository: string; readonly text: string },
    signal: AbortSignal,
  ): Promise<WrittenPolicy>;
  /** No policy already is success. */
  deletePolicy(target: EcrTarget, repository: string, signal: AbortSignal): Promise<WrittenPolicy>;
}
