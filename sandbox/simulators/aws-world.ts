import { randomBytes } from 'node:crypto';

import type { EcrRepository } from './ecr/ecr-repository.ts';
import type { Fault } from './faults.ts';
import type { Happening } from './history.ts';
import type { AccessRequest, PolicyDocument } from './iam-policy.ts';
import { decide } from './iam-policy.ts';
import { fromPlain, toPlain } from './plain-state.ts';

/** A user or service with long-term credentials; the product itself is one. */
export interface Principal {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly arn: string;
  readonly policy: PolicyDocument;
}

export interface Role {
  readonly arn: string;
  /** `AROA…`; a role made again under its name has another (IAM user guide, "IAM identifiers"). */
  readonly roleId: string;
  readonly trustPolicy: PolicyDocument;
  /** Its own; whatever this, or one that is attached, allows, unless one of them denies it. */
  readonly policy: PolicyDocument;
  /** ARNs of managed policies. */
  readonly attachedPolicies?: readonly string[] | undefined;
  /** ARN of a managed policy; of one that does not exist nothing is allowed. */
  readonly permissionsBoundary?: string | undefined;
  readonly maxSessionSeconds: number;
  /** Absent: long ago. */
  readonly createdAt?: Date | undefined;
}

/** Temporary credentials as AssumeRole issues them. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
  readonly roleArn: string;
  readonly roleId: string;
  readonly sessionName: string;
  readonly sessionPolicy: PolicyDocument | undefined;
}

export interface AccessPolicyAssociation {
  readonly policyArn: string;
  readonly accessScope: { readonly type: 'cluster' | 'namespace'; readonly namespaces: readonly string[] };
  readonly associatedAt: Date;
  readonly modifiedAt: Date;
}

export interface AccessEntry {
  readonly accessEntryArn: string;
  readonly principalArn: string;
  /** Of the role at the time of creation: EKS goes by this, so an entry does not outlive its role. */
  readonly principalId: string;
  readonly kubernetesGroups: readonly string[];
  readonly username: string;
  readonly type: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly policies: readonly AccessPolicyAssociation[];
}

export interface Cluster {
  readonly arn: string;
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
  readonly status: 'ACTIVE' | 'CREATING' | 'UPDATING' | 'DELETING' | 'FAILED' | 'PENDING';
  readonly version: string;
  /** Absent while the cluster is being created, as is the authority. */
  readonly endpoint?: string | undefined;
  /** PEM in base64. */
  readonly certificateAuthority?: string | undefined;
  readonly createdAt: Date;
  readonly endpointPublicAccess: boolean;
  readonly endpointPrivateAccess: boolean;
  readonly authenticationMode: 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP';
  readonly accessEntries: ReadonlyMap<string, AccessEntry>;
  /** Before their last change: what a stale read sees. */
  readonly previousAccessEntries?: ReadonlyMap<string, AccessEntry> | undefined;
}

/** One authenticated call, as CloudTrail would list it. */
export interface TrailEntry {
  readonly time: string;
  readonly action: string;
  readonly resource: string;
  readonly caller: string;
  readonly errorCode?: string;
  /** Of AssumeRole, as CloudTrail has them. */
  readonly requestParameters?: { readonly roleSessionName: string; readonly externalId?: string };
}

/** Who signed a request. */
export interface Caller {
  readonly arn: string;
  readonly accountId: string;
  /** `AIDA…`, or `AROA…:session`. */
  readonly userId: string;
  /** The role behind a session. */
  readonly roleArn?: string;
  /** Each must allow what is to be done. */
  readonly policies: readonly CallerPolicy[];
}

export interface CallerPolicy {
  readonly kind: 'identity-based' | 'permissions boundary' | 'session';
  readonly document: PolicyDocument;
}

/** What else is known of an account; of one that is not listed, that it exists. */
export interface Account {
  readonly exists: boolean;
  /** `o-…`; absent: it belongs to none. */
  readonly organizationId?: string | undefined;
}

/** The state that the simulators of STS, IAM, EKS and ECR share. It lives in memory; `snapshotAwsWorld` is for keeping it. */
export interface AwsWorld {
  readonly principals: Map<string, Principal>;
  readonly roles: Map<string, Role>;
  /** By ARN. */
  readonly managedPolicies: Map<string, PolicyDocument>;
  readonly sessions: Map<string, Session>;
  readonly clusters: Map<string, Cluster>;
  /** By ARN. */
  readonly ecrRepositories: Map<string, EcrRepository>;
  /** Every change of a repository's policy. */
  readonly ecrHistory: Happening[];
  /** By their numbers. */
  readonly accounts: Map<string, Account>;
  /** How long other services do not find a role that was just made. */
  roleVisibilitySeconds: number;
  readonly trail: TrailEntry[];
  faults: Fault[];
  readonly now: () => Date;
  /** Called, and awaited, after each change to a cluster's access entries and before the change is answered. */
  onAccessEntriesChanged: (cluster: Cluster) => void | Promise<void>;
  /** Called after each change of the state, the trail included, and before the call that made it is answered. */
  readonly onChange: () => void;
}

type AwsState = Omit<AwsWorld, 'now' | 'onAccessEntriesChanged' | 'onChange'>;

export interface AwsWorldOptions extends Partial<Pick<AwsWorld, 'now' | 'onAccessEntriesChanged' | 'onChange'>> {
  /** What `snapshotAwsWorld` gave, also after it was JSON. */
  readonly from?: unknown;
}

export function createAwsWorld(options: AwsWorldOptions = {}): AwsWorld {
  return {
    principals: new Map(),
    roles: new Map(),
    managedPolicies: new Map(),
    sessions: new Map(),
    clusters: new Map(),
    ecrRepositories: new Map(),
    ecrHistory: [],
    accounts: new Map(),
    roleVisibilitySeconds: 0,
    trail: [],
    faults: [],
    ...(options.from === undefined ? {} : (fromPlain(options.from) as Partial<AwsState>)),
    now: options.now ?? (() => new Date()),
    onAccessEntriesChanged: options.onAccessEntriesChanged ?? (() => {}),
    onChange: options.onChange ?? (() => {}),
  };
}

/** The whole state as JSON can hold it, long-term keys and sessions included: whoever reads it can sign. */
export function snapshotAwsWorld(world: AwsWorld): unknown {
  const { now: _now, onAccessEntriesChanged: _onEntries, onChange: _onChange, ...state } = world;
  return toPlain(state satisfies AwsState);
}

/** The one way to change what a cluster has for access entries. */
export async function replaceAccessEntries(
  world: AwsWorld,
  cluster: Cluster,
  accessEntries: ReadonlyMap<string, AccessEntry>,
): Promise<Cluster> {
  const changed = { ...cluster, accessEntries, previousAccessEntries: cluster.accessEntries };
  world.clusters.set(cluster.arn, changed);
  await world.onAccessEntriesChanged(changed);
  return changed;
}

export const allowEverything: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
};

/** `AROA` and such, with 16 characters as AWS has them. */
export function makeAwsId(prefix: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return prefix + [...randomBytes(16)].map((byte) => alphabet[byte % alphabet.length]).join('');
}

export function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}

/** `arn:…:root` of the account of somebody in it. */
export function accountRoot(arn: string): string {
  return `arn:${arn.split(':')[1]}:iam::${accountOf(arn)}:root`;
}

export function userIdOf({ accessKeyId }: Pick<Principal, 'accessKeyId'>): string {
  return `AIDA${accessKeyId.slice(4)}`;
}

/** The caller behind an access key; `undefined` when its key, or the role behind it, does not exist (any more). */
export function findCaller(world: AwsWorld, accessKeyId: string): Caller | undefined {
  const principal = world.principals.get(accessKeyId);
  if (principal) {
    const { arn, policy } = principal;
    const policies = [{ kind: 'identity-based', document: policy }] as const;
    return { arn, accountId: accountOf(arn), userId: userIdOf(principal), policies };
  }
  const session = world.sessions.get(accessKeyId);
  const role = session && world.roles.get(session.roleArn);
  if (!role || role.roleId !== session.roleId) {
    return undefined;
  }
  return {
    arn: assumedRoleArn(role.arn, session.sessionName),
    accountId: accountOf(role.arn),
    userId: `${role.roleId}:${session.sessionName}`,
    roleArn: role.arn,
    policies: [
      { kind: 'identity-based', document: wholePolicy(world, role) },
      ...boundaryOf(world, role),
      ...(session.sessionPolicy ? [{ kind: 'session', document: session.sessionPolicy } as const] : []),
    ],
  };
}

function wholePolicy({ managedPolicies }: AwsWorld, { policy, attachedPolicies = [] }: Role): PolicyDocument {
  const attached = attachedPolicies.flatMap((arn) => managedPolicies.get(arn)?.Statement ?? []);
  return { ...policy, Statement: [...policy.Statement, ...attached] };
}

/** "The permissions boundary for an IAM entity … sets the maximum permissions" (IAM user guide, "Permissions boundaries"). */
function boundaryOf({ managedPolicies }: AwsWorld, { permissionsBoundary: arn }: Role): readonly CallerPolicy[] {
  if (arn === undefined) return [];
  return [
    { kind: 'permissions boundary', document: managedPolicies.get(arn) ?? { Version: '2012-10-17', Statement: [] } },
  ];
}

/** Session ARNs do not show the path of the role (IAM user guide, "IAM identifiers"). */
export function assumedRoleArn(roleArn: string, sessionName: string): string {
  const [, partition, , , accountId] = roleArn.split(':');
  return `arn:${partition}:sts::${accountId}:assumed-role/${roleArn.split('/').at(-1)}/${sessionName}`;
}

/** Why IAM would refuse, in its own words; `undefined` when it allows. */
export function refusalOf(caller: Caller, request: AccessRequest): string | undefined {
  for (const { kind, document } of caller.policies) {
    const decision = decide(document, request);
    if (decision !== 'allow') {
      const cause = decision === 'explicit-deny' ? 'with an explicit deny in a' : 'because no';
      const name = kind === 'permissions boundary' ? kind : `${kind} policy`;
      const policy = `${name}${decision === 'explicit-deny' ? '' : ` allows the ${request.action} action`}`;
      return (
        `User: ${caller.arn} is not authorized to perform: ${request.action} on resource: ${request.resource} ` +
        `${cause} ${policy}`
      );
    }
  }
  return undefined;
}

export function clusterArn(cluster: Pick<Cluster, 'accountId' | 'region' | 'name'>): string {
  const partition = cluster.region.startsWith('cn-') ? 'aws-cn' : 'aws';
  return `arn:${partition}:eks:${cluster.region}:${cluster.accountId}:cluster/${cluster.name}`;
}
