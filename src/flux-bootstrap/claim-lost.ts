import { isTerminal } from '../operations/operation.ts';
import type { BodyOutcome } from '../operations/run-step.ts';
import type { BootstrapJob } from './bootstrap-job.ts';

/**
 * False once the operation has ended: an invocation that was held up, while another one ended its operation and a newer
 * one took the cluster over, must not put the old plan back.
 */
export async function isStillWanted({ deps, operation }: BootstrapJob): Promise<boolean> {
  const present = await deps.operations.get(operation.id);
  return present !== undefined && !isTerminal(present.state);
}

export function claimLost(consequence: string): BodyOutcome<never> {
  return {
    kind: 'refused',
    refusal: {
      code: 'claim-lost',
      detail: `Another operation has taken the cluster over, so ${consequence}.`,
      remedies: ['See the operation that has the cluster now; call again when it has ended.'],
      retryable: true,
    },
  };
}
