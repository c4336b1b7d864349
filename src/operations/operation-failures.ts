import type { OutsideCallError } from '../errors.ts';

/** Why a step could not do its work, before it is known which step that was. */
export interface Refusal {
  readonly code: FailureCode;
  readonly detail: string;
  readonly remedies: readonly string[];
  readonly retryable?: boolean;
}

/**
 * What a step could not do now, though it may in a moment. Thrown, so that the step is tried again; the refusal becomes
 * the operation's failure only when its attempts are used up.
 */
export class RefusedForNow extends Error {
  override readonly name = 'RefusedForNow';
  readonly refusal: Refusal;
  /** The step rests for at least so long. */
  readonly retryAfterSeconds: number | undefined;

  constructor(refusal: Refusal, { retryAfterSeconds }: { readonly retryAfterSeconds?: number } = {}) {
    super(`${refusal.code}: ${refusal.detail}`);
    this.refusal = refusal;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The closed list of codes that an operation's `failure` may carry (design §6). */
export const failureCodes = [
  'role-not-assumable',
  'cluster-not-found',
  'cluster-not-active',
  'endpoint-private',
  'api-server-unreachable',
  'kubernetes-version-unsupported',
  'not-cluster-admin',
  'access-entry-missing',
  'flux-owned-by-another',
  'flux-path-conflict',
  'flux-suspended',
  'namespace-terminating',
  'secret-not-ours',
  'cluster-replaced',
  'repository-not-found',
  'branch-not-found',
  'push-not-allowed',
  'branch-protected',
  'deploy-keys-disabled',
  'git-app-not-installed',
  'host-key-unknown',
  'aws-permission-missing',
  'spec-changed',
  'distribution-not-found',
  'distribution-changed',
  'prune-not-allowed',
  'repository-busy',
  'principal-not-found',
  'policy-too-large',
  'policy-unreadable',
  'policy-refused',
  'policy-busy',
  'policy-unsettled',
  'not-reconciled',
  'claim-lost',
  'deadline-exceeded',
  'engine-lost',
  'aws-unavailable',
  'git-host-unavailable',
  'flux-releases-unavailable',
  'registry-unavailable',
  'outside-call-refused',
  'internal-error',
] as const;
export type FailureCode = (typeof failureCodes)[number];

const unavailable = {
  kubernetes: 'api-server-unreachable',
  'git-host': 'git-host-unavailable',
  sts: 'aws-unavailable',
  eks: 'aws-unavailable',
  ecr: 'aws-unavailable',
  iam: 'aws-unavailable',
  'secrets-manager': 'aws-unavailable',
  'app-key-file': 'internal-error',
  dynamodb: 'registry-unavailable',
  'workflow-engine': 'registry-unavailable',
  'flux-releases': 'flux-releases-unavailable',
} as const satisfies Record<OutsideCallError['system'], FailureCode>;

const ownSystems: ReadonlySet<OutsideCallError['system']> = new Set([
  'dynamodb',
  'workflow-engine',
  'secrets-manager',
  'app-key-file',
]);

/** True of a failure on our side, whose words may name our table, roles, functions and secrets. */
export function isOurOwn(error: OutsideCallError): boolean {
  return ownSystems.has(error.system);
}

/** The refusal that an outside call's error amounts to once it is not tried again. */
export function refusalOf(error: OutsideCallError): Refusal {
  const said = error.answer && !isOurOwn(error) ? ` It said: ${error.answer}` : '';
  if (error.retryable) {
    return {
      code: unavailable[error.system],
      detail: `A call failed (${error.failure}): ${error.attempted}.${said}`,
      remedies: ['Look whether the system answers, then call again: what is done already stays done.'],
      retryable: true,
    };
  }
  return {
    code: 'outside-call-refused',
    detail: `A call was refused (${error.failure}): ${error.attempted}.${said}`,
    remedies: ['Give the permission or mend what the answer names, then call again: what is done already stays done.'],
  };
}
