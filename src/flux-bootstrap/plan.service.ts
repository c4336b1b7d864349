import { getCluster } from '../clusters/cluster.service.ts';
import type { Actor } from '../events/event.ts';
import { FleetError } from '../errors.ts';
import type { Registry } from '../ports/registry.ts';
import { endJobs, planJob } from './bootstrap-job.ts';
import type { PlanDependencies } from './bootstrap-job.ts';
import { draftBootstrap } from './bootstrap.service.ts';
import { planBootstrap } from './plan-bootstrap.ts';
import type { BootstrapPlan } from './plan-changes.ts';

export interface PlanServiceDependencies extends PlanDependencies {
  readonly registry: Registry;
  /** Name of the role that every customer creates for us. */
  readonly roleName: string;
  readonly now: () => Date;
  readonly randomId: () => string;
}

export interface PlanRequest {
  readonly customer: string;
  readonly cluster: string;
  readonly allowPrune: boolean;
  readonly replace: boolean;
  readonly actor: Actor;
}

/** Below what API Gateway grants, with room for the answer. */
const patienceMs = 22_000;

/** What a bootstrap of the cluster would check and change now; nothing is written. */
export async function planCluster(deps: PlanServiceDependencies, request: PlanRequest): Promise<BootstrapPlan> {
  const view = await getCluster(deps, { customer: request.customer, id: request.cluster });
  // The id is that of no operation: it names the session in the customer's CloudTrail.
  const draft = { ...draftBootstrap(deps, view, request), id: `plan-${deps.randomId().toLowerCase()}` };
  const job = planJob(deps, draft);
  if (!job) {
    throw new FleetError('git-host-unknown', `The Git host ${draft.snapshot.repository.host} is no longer configured.`);
  }
  try {
    return await planBootstrap(job, AbortSignal.timeout(patienceMs));
  } finally {
    await endJobs(deps.gitHosts, draft.id);
  }
}
