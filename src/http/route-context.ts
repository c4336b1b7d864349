import type { Hono } from 'hono';
import type { ClusterDependencies } from '../clusters/cluster.service.ts';
import type { CustomerDependencies } from '../customers/customer.service.ts';
import type { DeployKeyDependencies } from '../deploy-keys/deploy-key.service.ts';
import type { EcrAccessDependencies } from '../ecr-access/ecr-access.service.ts';
import type { EcrGrantDependencies } from '../ecr-access/ecr-grant.service.ts';
import type { GrantPlanDependencies } from '../ecr-access/plan-grant.service.ts';
import type { VerifyDependencies } from '../ecr-access/verify-grant.service.ts';
import type { EventDependencies } from '../events/event.service.ts';
import type { BootstrapServiceDependencies } from '../flux-bootstrap/bootstrap.service.ts';
import type { FluxStatusDependencies } from '../flux-bootstrap/flux-status.service.ts';
import type { PlanServiceDependencies } from '../flux-bootstrap/plan.service.ts';

/** Everything that the services behind the routes of the `api` function need. */
export interface ApiDependencies
  extends
    CustomerDependencies,
    ClusterDependencies,
    EventDependencies,
    BootstrapServiceDependencies,
    EcrGrantDependencies {
  /** Our side of the trust policy that customers write. */
  readonly trustedPrincipalArn: string;
  /** The text of `openapi.yaml`. */
  readonly openApiDocument: () => Promise<string>;
}

/** And of the `inspect` function: routes that look into customers' accounts, clusters and repositories. */
export type InspectDependencies = PlanServiceDependencies &
  FluxStatusDependencies &
  DeployKeyDependencies &
  GrantPlanDependencies &
  EcrAccessDependencies &
  VerifyDependencies;

/** What each request carries. */
export interface RequestVariables {
  readonly requestId: string;
  /** ARN of the caller as the gateway authenticated it. */
  readonly caller: string;
  /** What stands before `/v1` in paths that callers use: the stage, such as `/prod`; else empty. */
  readonly pathPrefix: string;
}

export type ApiEnv = { Variables: RequestVariables };
export type Api = Hono<ApiEnv>;
