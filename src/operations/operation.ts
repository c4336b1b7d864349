import type { EcrGrantSpec, EcrRegistry } from '../ecr-access/ecr-grant.ts';
import type { FluxOptions } from '../flux-bootstrap/flux-options.ts';

export const operationStates = [
  'PENDING',
  'RUNNING',
  'AWAITING_MERGE',
  'AWAITING_REGISTRATION',
  'CANCELLING',
  'SUCCEEDED',
  'FAILED',
  'CANCELLED',
  'REJECTED',
] as const;
/** Where an operation stands. A terminal state is never left. */
export type OperationState = (typeof operationStates)[number];

const terminalStates: ReadonlySet<OperationState> = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED', 'REJECTED']);
const waitingForPerson: ReadonlySet<OperationState> = new Set(['AWAITING_MERGE', 'AWAITING_REGISTRATION']);

export function isTerminal(state: OperationState): boolean {
  return terminalStates.has(state);
}

/** Nothing more will happen by itself: the operation has ended, or waits for a person. */
export function isResting(state: OperationState): boolean {
  return isTerminal(state) || waitingForPerson.has(state);
}

export type StepState = 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'SKIPPED';

/** Small facts that prove a step: ids, hashes, names, last conditions. Never a secret. */
export type Evidence = Readonly<Record<string, unknown>>;

export interface OperationStep {
  readonly state: StepState;
  readonly attempt: number;
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
  readonly evidence?: Evidence | undefined;
  /** What the last attempt that did not succeed met with; kept for whoever looks while it is tried again. */
  readonly lastProblem?: { readonly code: string; readonly detail: string; readonly at: string } | undefined;
  /** Attempts that ended so are none of the step's own. */
  readonly postponed?: Postponement | undefined;
}

/** Another system asked the step to come back later, so many times; until then at the last one. */
export interface Postponement {
  readonly times: number;
  readonly until: string;
}

export interface OperationFailure {
  readonly step: string;
  readonly code: string;
  readonly detail: string;
  /** The same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  readonly remedies: readonly string[];
}

/** The steps of a bootstrap in the order in which they are shown. */
export const bootstrapSteps = [
  'preflight',
  'commit-manifests',
  'apply-namespace-and-crds',
  'apply-components',
  'provision-deploy-key',
  'apply-sync',
  'await-reconciled',
  'record',
] as const;
export type BootstrapStep = (typeof bootstrapSteps)[number];

/** The steps of everything that writes policies of ECR repositories. */
export const ecrSteps = ['preflight', 'write-policies', 'record'] as const;
export type EcrStep = (typeof ecrSteps)[number];

/** What the operation acts on, as it was when it was accepted. */
export interface BootstrapSnapshot {
  readonly repository: {
    readonly host: string;
    readonly owner: string;
    readonly name: string;
    readonly branch: string;
  };
  readonly accountId: string;
  readonly region: string;
  readonly eksName: string;
  readonly access: 'managed' | 'customer';
  readonly roleArn: string;
  readonly externalId: string;
  readonly flux: FluxOptions;
  readonly allowPrune: boolean;
  readonly replace: boolean;
}

/** The registry, and the way into its account. */
export interface EcrWay {
  readonly registry: EcrRegistry;
  readonly roleArn: string;
  readonly externalId: string;
}

export interface EcrGrantSnapshot extends EcrWay {
  /** What the operation declares (of a withdrawal: what there was). */
  readonly spec: EcrGrantSpec;
  /** Version of the grant's record that it was asked on top of. */
  readonly baseVersion: number;
  /** Of a withdrawal: forget the grant also where its right cannot be taken away. */
  readonly abandon?: boolean | undefined;
}

/** Shown of what a look at a registry found, whose operation is not to grow with it. */
export const mostFindings = 20;

export interface EcrRegistrySnapshot extends EcrWay {
  /** What made us begin it, the first of it. */
  readonly findings?: readonly { readonly repository: string; readonly kind: string }[] | undefined;
  /** Of a restore: the repository, and the kept document whose foreign statements it is to have again. */
  readonly restore?: { readonly repository: string; readonly version: string } | undefined;
}

/** Who asked to cancel, and when. */
export interface CancelRequest {
  readonly at: string;
  readonly caller: string;
  readonly requestId?: string | undefined;
}

export const operationKinds = [
  'bootstrap-cluster',
  'apply-ecr-grant',
  'withdraw-ecr-grant',
  'reconcile-ecr-registry',
  'restore-ecr-policy',
] as const;
export type OperationKind = (typeof operationKinds)[number];

export function stepsOf(kind: OperationKind): readonly string[] {
  return kind === 'bootstrap-cluster' ? bootstrapSteps : ecrSteps;
}

/** The workflow that does the work of such operations. */
export function workflowOf(kind: OperationKind): 'bootstrap-cluster' | 'write-ecr-policies' {
  return kind === 'bootstrap-cluster' ? kind : 'write-ecr-policies';
}

/** What an operation has for itself as long as it runs. */
export type OperationSubject =
  | { readonly cluster: string }
  | { readonly grant: string }
  /** Account and region, as `333344445555/eu-west-1`. */
  | { readonly registry: string };

/** One long job. Its item is the authority; the durable execution behind it is only its engine. */
export type Operation = BootstrapOperation | EcrOperation;

export interface BootstrapOperation extends AnyOperation {
  readonly kind: 'bootstrap-cluster';
  readonly cluster: string;
  readonly snapshot: BootstrapSnapshot;
}

/** Everything that writes policies of ECR repositories. */
export type EcrOperation = EcrGrantOperation | EcrRegistryOperation;

export interface EcrGrantOperation extends AnyOperation {
  readonly kind: 'apply-ecr-grant' | 'withdraw-ecr-grant';
  readonly grant: string;
  readonly snapshot: EcrGrantSnapshot;
}

export interface EcrRegistryOperation extends AnyOperation {
  readonly kind: 'reconcile-ecr-registry' | 'restore-ecr-policy';
  readonly registry: string;
  readonly snapshot: EcrRegistrySnapshot;
}

/** All of an operation but its id. */
export type OperationDraft = DraftOf<Operation>;
type DraftOf<T> = T extends Operation ? Omit<T, 'id'> : never;

export function subjectOf(operation: Operation): OperationSubject {
  switch (operation.kind) {
    case 'bootstrap-cluster':
      return { cluster: operation.cluster };
    case 'apply-ecr-grant':
    case 'withdraw-ecr-grant':
      return { grant: operation.grant };
    case 'reconcile-ecr-registry':
    case 'restore-ecr-policy':
      return { registry: operation.registry };
  }
}

interface AnyOperation {
  readonly id: string;
  readonly customer: string;
  readonly state: OperationState;
  /** ARN of whoever asked for it. */
  readonly caller: string;
  /** Of the request that asked for it. */
  readonly requestId?: string | undefined;
  readonly createdAt: string;
  /** It had its subject then; from there on it cannot be rejected. */
  readonly acceptedAt?: string | undefined;
  /** So often somebody set out to start its execution. */
  readonly starts?: number | undefined;
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
  readonly heartbeatAt?: string | undefined;
  /** After this moment no step begins, unless one was postponed: see `deadlineOf`. */
  readonly deadlineAt: string;
  /** By name; one that has not begun is not there. */
  readonly steps: Readonly<Partial<Record<string, OperationStep>>>;
  readonly failure?: OperationFailure | undefined;
  /** Hash of what this operation wants to be true: equal hashes may join. */
  readonly desiredHash: string;
  /** Hash of body and specs that an idempotency key stands for. */
  readonly fingerprint: string;
  readonly cancelRequest?: CancelRequest | undefined;
  /** Of a `REJECTED` one: the operation that it joined instead of running. */
  readonly joined?: string | undefined;
}

/** What an operation gets after a wait that another system asked for. */
const minutesAfterWait = 30;

/** After this moment no step begins. Waiting because another system asked for it takes no time away. */
export function deadlineOf({ deadlineAt, steps }: Pick<Operation, 'deadlineAt' | 'steps'>): string {
  const later = Object.values(steps).flatMap((step) =>
    step?.postponed ? [Date.parse(step.postponed.until) + minutesAfterWait * 60_000] : [],
  );
  return new Date(Math.max(Date.parse(deadlineAt), ...later)).toISOString();
}

/** How long a key answers with its operation after that has ended, in hours (design §4). */
export const idempotencyHours = 24;

/** True when the operation no longer stands in the way of a new one under the same idempotency key. */
export function hasFreedItsKey(operation: Operation, now: Date): boolean {
  if (operation.state === 'FAILED' || operation.state === 'CANCELLED') return true;
  if (operation.state === 'REJECTED' && operation.joined === undefined) return true;
  if (operation.endedAt === undefined) return false;
  return now.getTime() - Date.parse(operation.endedAt) > idempotencyHours * 3_600_000;
}
