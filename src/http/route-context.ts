import type { Hono } from 'hono';
import type { CustomerDependencies } from '../customers/customer.service.ts';
import type { BootstrapServiceDependencies } from '../flux-bootstrap/bootstrap.service.ts';
import type { FluxStatusDependencies } from '../flux-bootstrap/flux-status.service.ts';

/** Everything that the services behind the routes need. */
export interface ApiDependencies extends CustomerDependencies, BootstrapServiceDependencies, FluxStatusDependencies {
  /** Our side of the trust policy that customers write. */
  readonly trustedPrincipalArn: string;
}

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
