import type { Ending } from '../operations/end-operation.ts';
import type { EcrOperation, Operation } from '../operations/operation.ts';
import type { EcrRegistryAccess, EcrShut, EcrTarget } from '../ports/ecr-registry.ts';
import type { EcrRepositoryAddress, EcrRepositoryStore } from '../ports/ecr-repositories.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { OperationStore } from '../ports/operation-store.ts';
import type { Registry } from '../ports/registry.ts';
import type { Refusal } from '../operations/operation-failures.ts';

/** What the steps that write policies need. */
export interface EcrDependencies {
  readonly registry: Registry;
  readonly operations: OperationStore;
  readonly events: EventLog;
  readonly ecr: EcrRegistryAccess;
  readonly repositories: EcrRepositoryStore;
  readonly now: () => Date;
  readonly randomId: () => string;
  /** Ends after so many milliseconds, or throws as soon as the signal says so. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Told of failures on our side, whose words are for the log alone. */
  readonly onUnexpected: (operationId: string, error: unknown) => void;
  /** Told once an operation has ended, and how. */
  readonly onEnded: (operation: Operation, ending: Ending) => void;
}

/** One operation's work, as its steps see it. */
export interface EcrJob {
  readonly deps: EcrDependencies;
  readonly operation: EcrOperation;
  readonly target: EcrTarget;
}

export function ecrJob(deps: EcrDependencies, operation: EcrOperation): EcrJob {
  const { registry, roleArn, externalId } = operation.snapshot;
  // The session carries the operation's id into the customer's CloudTrail.
  const target = { ...registry, roleArn, externalId, sessionName: operation.id.slice(0, 64) };
  return { deps, operation, target };
}

export function addressOf({ operation }: EcrJob, repository: string): EcrRepositoryAddress {
  return { customer: operation.customer, registry: operation.snapshot.registry, repository };
}

/** The grant that the operation is about; a registry's operations are about all of them. */
export function grantOf({ operation }: EcrJob): string | undefined {
  return 'grant' in operation ? operation.grant : undefined;
}

/** A withdrawal that ends with the grant forgotten, whatever can be reached. */
export function isAbandoned({ operation }: Pick<EcrJob, 'operation'>): boolean {
  return 'grant' in operation && operation.snapshot.abandon === true;
}

export function refusalOfShut({ target }: { readonly target: Pick<EcrTarget, 'roleArn'> }, shut: EcrShut): Refusal {
  switch (shut.kind) {
    case 'role-not-assumable':
      return {
        code: 'role-not-assumable',
        detail: `${target.roleArn} cannot be assumed: ${shut.detail}`,
        remedies: ['Create the role, or mend its trust policy: the status of the account has what it must say.'],
      };
    case 'forbidden':
      return {
        code: 'aws-permission-missing',
        detail: `${target.roleArn} may not call ${shut.action}: ${shut.detail}`,
        remedies: [`Allow ${shut.action} in the role's policy.`],
      };
  }
}
