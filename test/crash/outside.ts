/** The customers' side of a crash world, as the auditor sees it afterwards: whatever stands in for it. */
/** One customer with one cluster and one repository. */
export interface Tenant {
  readonly customer: string;
  readonly accountId: string;
  readonly cluster: string;
  readonly repository: { readonly owner: string; readonly name: string };
}

export const region = 'eu-west-1';
export const gitHostName = 'github.example';

export function eksArnOf({ accountId, cluster }: Tenant): string {
  return `arn:aws:eks:${region}:${accountId}:cluster/${cluster}`;
}

export function endpointOf({ accountId }: Tenant): string {
  return `https://${accountId}.gr7.${region}.eks.amazonaws.com`;
}

export const acme: Tenant = {
  customer: 'acme',
  accountId: '111122223333',
  cluster: 'production',
  repository: { owner: 'acme', name: 'infrastructure' },
};

export const globex: Tenant = {
  customer: 'globex',
  accountId: '444455556666',
  cluster: 'staging',
  repository: { owner: 'globex', name: 'platform' },
};

/** A right to pull from repositories, and what is to become of it. */
export interface Right {
  readonly tenant: Tenant;
  /** As a policy names it. */
  readonly principal: string;
  readonly repositories: readonly string[];
  /** It was there before and stays; is to be there at the end; or was there and is to be gone. */
  readonly fate: 'stays' | 'comes' | 'goes';
}

/** A policy as ECR got it. */
export interface SetPolicy {
  readonly repository: string;
  /** ARN of the session, or `somebody`. */
  readonly by: string;
  /** `undefined`: from then on there was none. */
  readonly document: PolicyDocument | undefined;
}

export interface PolicyDocument {
  readonly Version?: string | undefined;
  readonly Id?: string | undefined;
  readonly Statement: readonly object[];
}

/** A change that really happened, by the history of the system that it happened in. */
export interface Effect {
  readonly system: 'git' | 'kubernetes' | 'aws';
  /** `commit`, `add-key`, `remove-key`, `create`, `apply`, `patch`, `delete`, `CreateAccessEntry`, … */
  readonly action: string;
  /** The customer whose repository, cluster or account it was. */
  readonly owner: string;
  /** The customer whose credentials did it; absent where the history does not know. */
  readonly by?: string | undefined;
  readonly target: string;
}

/** How one customer's things stand. */
export interface Holdings {
  readonly tenant: Tenant;
  readonly commits: readonly { readonly message: string }[];
  /** Path → content, of the branch's head. */
  readonly files: ReadonlyMap<string, string>;
  readonly deployKeys: readonly { readonly title: string; readonly publicKey: string; readonly isReadOnly: boolean }[];
  /** All objects that anybody has written, as JSON, but the Secret. */
  readonly otherObjects: string;
  /** `identity.pub` of the Secret in the cluster. */
  readonly secretPublicKey: string | undefined;
  /** What we have no business with: `<kind> <namespace>/<name>` → JSON. */
  readonly foreignObjects: ReadonlyMap<string, string>;
  /** What is others' on objects that we write too: `<kind> <namespace>/<name> <field>` → JSON. */
  readonly foreignFields: ReadonlyMap<string, string>;
  /** Every policy that a repository of the registry ever got, in their order. */
  readonly policies: readonly SetPolicy[];
}
