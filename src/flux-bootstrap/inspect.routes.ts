import { route } from '../http/route.ts';
import type { RouteText, Route } from '../http/route.ts';
import type { InspectDependencies } from '../http/route-context.ts';
import { listDeployKeys } from '../deploy-keys/deploy-key.service.ts';
import { getFluxStatus } from './flux-status.service.ts';
import { planCluster } from './plan.service.ts';

const tag = 'Clusters';

const plan = {
  method: 'POST',
  path: '/v1/customers/{customer}/clusters/{cluster}/plan',
  operationId: 'planBootstrap',
  tag,
  summary: 'Plan a bootstrap',
  description:
    'What a bootstrap would check and change now. Nothing is written anywhere. A check that cannot be made, because ' +
    'another one failed or a system does not answer, is `UNKNOWN` and says why; changes that are not known are left out.',
  body: {
    schema: async () => (await import('./bootstrap.schema.ts')).optionalBootstrapSchema,
    name: 'BootstrapRequest',
    isOptional: true,
  },
  answers: { 200: { body: 'Plan', means: 'The checks and the changes.' } },
  problems: ['not-found', 'git-host-unknown'],
} as const satisfies RouteText;

const flux = {
  method: 'GET',
  path: '/v1/customers/{customer}/clusters/{cluster}/flux',
  operationId: 'getFlux',
  tag,
  summary: "Read a cluster's Flux",
  description:
    'Flux as the cluster shows it now. A cluster that cannot be reached is no error: `reachability` says why and since ' +
    'when, and `lastKnown` what is known from before.',
  answers: { 200: { body: 'FluxStatus', means: 'What was seen.' } },
  problems: ['not-found'],
} as const satisfies RouteText;

const deployKeys = {
  method: 'GET',
  path: '/v1/customers/{customer}/clusters/{cluster}/deploy-keys',
  operationId: 'listDeployKeys',
  tag,
  summary: "List a cluster's deploy keys",
  description:
    'The keys of ours that the Git host has for this cluster. A Git host that does not tell is no error: ' +
    '`reachability` says why. Private halves are in the cluster and nowhere else.',
  answers: { 200: { body: 'DeployKeys', means: 'What the Git host tells; there are never more than a few.' } },
  problems: ['not-found'],
} as const satisfies RouteText;

export function inspectFluxRoutes(deps: InspectDependencies): readonly Route[] {
  return [
    route(plan, async ({ c, params: { customer, cluster }, body, actor }) =>
      c.json(await planCluster(deps, { customer, cluster, ...body, actor })),
    ),
    route(flux, async ({ c, params: { customer, cluster: id } }) =>
      c.json(await getFluxStatus(deps, { customer, id })),
    ),
    route(deployKeys, async ({ c, params: { customer, cluster: id } }) =>
      c.json(await listDeployKeys(deps, { customer, id })),
    ),
  ];
}
