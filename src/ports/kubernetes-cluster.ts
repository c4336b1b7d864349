/** A Kubernetes object as the API speaks it; fields that we do not know pass through untouched. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetadata;
  readonly [field: string]: unknown;
}

export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly uid?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly deletionTimestamp?: string;
  readonly [field: string]: unknown;
}

export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** Whoever may do this to every resource of every group is a cluster administrator. */
export interface AccessQuestion {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
}

/** What the product asks of one cluster's API server. Failures that no union covers are `OutsideCallError`s. */
export interface KubernetesCluster {
  /** `gitVersion` of `/version`, such as `v1.36.3-eks-1234567`. */
  version(signal: AbortSignal): Promise<string>;
  /** `undefined` when the object, or its whole kind, does not exist. */
  get(reference: ObjectReference, signal: AbortSignal): Promise<KubernetesObject | undefined>;
  /** Empty when the kind does not exist. */
  list(kind: Omit<ObjectReference, 'name'>, signal: AbortSignal): Promise<readonly KubernetesObject[]>;
  /** Forced server-side apply; the answer is the object as it is now. */
  apply(object: KubernetesObject, fieldManager: string, signal: AbortSignal): Promise<KubernetesObject>;
  /** The same as a dry run: the answer is the object as it would be, and nothing is stored. */
  applyDryRun(object: KubernetesObject, fieldManager: string, signal: AbortSignal): Promise<KubernetesObject>;
  /** Creates, and never changes what is there. */
  create(object: KubernetesObject, signal: AbortSignal): Promise<{ readonly kind: 'created' | 'exists' }>;
  /** JSON merge patch (RFC 7386); `undefined` when the object does not exist. */
  patch(reference: ObjectReference, patch: object, signal: AbortSignal): Promise<KubernetesObject | undefined>;
  /** Deletes the object if it is still the one with this UID. */
  delete(
    reference: ObjectReference,
    uid: string,
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'deleted' | 'absent' | 'replaced' }>;
  /** SelfSubjectAccessReview. */
  isAllowed(question: AccessQuestion, signal: AbortSignal): Promise<boolean>;
  /**
   * Watches one object and ends with it as soon as `isDone` holds, or with its last state when `timeoutSeconds`
   * have passed; `undefined` while it does not exist. A watch that breaks is taken up again.
   */
  watchUntil(options: WatchOptions): Promise<WatchOutcome>;
  /** Closes the connections. */
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly reference: ObjectReference;
  readonly isDone: (object: KubernetesObject | undefined) => boolean;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

export interface WatchOutcome {
  readonly isDone: boolean;
  readonly object: KubernetesObject | undefined;
}
