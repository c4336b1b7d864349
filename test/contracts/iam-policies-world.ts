import type { IamPolicies, IamTarget } from '../../src/ports/iam-policies.ts';

export interface RoleBody {
  /** With slashes on both ends. */
  readonly path?: string;
  /** The role's own policy. */
  readonly policy: object;
  /** Managed policies, by their names. */
  readonly attached?: Readonly<Record<string, object>>;
  readonly boundary?: object;
}

/** A customer's account as its owner sees it, and our way into it. */
export interface IamWorld {
  readonly target: IamTarget;
  /** With our own credentials, and no session yet. */
  access(): IamPolicies;
  /** The target's role. */
  makeRole(body: RoleBody): Promise<void>;
  close(): Promise<void>;
}

/** An account whose owner also says who may do what there. */
export interface GovernedIamWorld extends IamWorld {
  /** The role that we assume: whom it trusts (by default us), and what it may do (by default everything). */
  changeRole(change: { readonly trusts?: string; readonly statements?: readonly object[] }): Promise<void>;
  /** The next call of the action goes wrong so: not taken, or done and its answer lost. */
  disturb(action: string, how: 'throttled' | 'answer-lost'): Promise<void>;
}

export function allow(action: string, resource = '*'): object {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: [action], Resource: [resource] }] };
}

export function signal(): AbortSignal {
  return AbortSignal.timeout(20_000);
}
