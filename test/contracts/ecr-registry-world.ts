import type { EcrRegistryAccess, EcrTarget } from '../../src/ports/ecr-registry.ts';

/** A customer's registry with nothing in it, as its owner sees it, and our way into it. */
export interface EcrWorld {
  readonly target: EcrTarget;
  /** With our own credentials, and no session yet. */
  access(): EcrRegistryAccess;
  /** In the target's account and region, without a policy; encrypted with the key where one is named. */
  makeRepository(name: string, options?: { readonly kmsKeyArn?: string }): Promise<void>;
  deleteRepository(name: string): Promise<void>;
  /** As the owner sets it, behind our back. */
  setPolicy(repository: string, document: PolicyDocument): Promise<void>;
  /** As the owner reads it; `undefined`: there is none. */
  policy(repository: string): Promise<PolicyDocument | undefined>;
  close(): Promise<void>;
}

/** An account whose owner also says who may do what there, and who there is. */
export interface GovernedEcrWorld extends EcrWorld {
  /** The target's role: whom it trusts (by default us), and what it may do (by default everything). */
  changeRole(change: { readonly trusts?: string; readonly statements?: readonly object[] }): Promise<void>;
  /** In any account; its ARN. */
  makeRole(accountId: string, name: string): Promise<string>;
  deleteRole(arn: string): Promise<void>;
  /** The next call of the action goes wrong so: not taken, or done and its answer lost. */
  disturb(action: string, how: 'throttled' | 'answer-lost'): Promise<void>;
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: readonly PolicyStatement[];
}

export const pullActions = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

/** One statement by which an account may pull. */
export function pullBy(accountId: string, sid = 'Pull'): PolicyStatement {
  return { Sid: sid, Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: pullActions };
}

export function policyOf(...statements: readonly PolicyStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

/** With each list in one order and a single value as a list: ECR promises neither the one nor the other. */
export function normal({ Statement, ...rest }: PolicyDocument): PolicyDocument {
  return { ...rest, Statement: Statement.map(normalStatement) };
}

export function signal(): AbortSignal {
  return AbortSignal.timeout(20_000);
}

function normalStatement({ Principal, Action, Condition, ...rest }: PolicyStatement): PolicyStatement {
  return {
    ...rest,
    Action: sorted(Action),
    ...(Principal && { Principal: typeof Principal === 'string' ? Principal : mapped(Principal, sorted) }),
    ...(Condition && { Condition: mapped(Condition, (values) => mapped(values, sorted)) }),
  };
}

function mapped<From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function sorted(values: string | readonly string[]): readonly string[] {
  return typeof values === 'string' ? [values] : values.toSorted();
}
