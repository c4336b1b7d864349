import { answerPage, pageOf } from '../http/paging.ts';
import { preconditionOf } from '../http/request-headers.ts';
import { answerResource } from '../http/resource-answer.ts';
import type { ResourceBody } from '../http/resource-answer.ts';
import { route } from '../http/route.ts';
import type { RouteText, Route } from '../http/route.ts';
import type { ApiDependencies } from '../http/route-context.ts';
import type { ListedCluster } from '../ports/registry.ts';
import { clusterState, effectiveCluster } from './cluster.ts';
import { clusterFilterOf } from './cluster-filter.ts';
import { getCluster, putCluster } from './cluster.service.ts';
import { deleteCluster } from './delete-cluster.service.ts';
import { listClusters } from './list-clusters.service.ts';

const tag = 'Clusters';
const path = '/v1/customers/{customer}/clusters/{cluster}';
const listQuery = async () => (await import('./cluster-query.schema.ts')).clusterListQuery;

const list = {
  method: 'GET',
  path: '/v1/customers/{customer}/clusters',
  operationId: 'listClusters',
  tag,
  summary: "List a customer's clusters",
  description: 'In the order of their ids. Several filters must all fit; with one, a page may be short or even empty.',
  query: listQuery,
  answers: { 200: { body: 'ClusterPage', means: 'A page of clusters.' } },
  problems: ['invalid-page-token', 'not-found'],
} as const satisfies RouteText;

const listAll = {
  method: 'GET',
  path: '/v1/clusters',
  operationId: 'listFleetClusters',
  tag,
  summary: 'List the clusters of all customers',
  description:
    'In the order of customers and ids. For operators only. A cluster that was made in the last moment may be missing.',
  query: listQuery,
  answers: { 200: { body: 'FleetClusterPage', means: 'A page of clusters, each with its customer.' } },
  problems: ['invalid-page-token'],
} as const satisfies RouteText;

const get = {
  method: 'GET',
  path,
  operationId: 'getCluster',
  tag,
  summary: 'Read a cluster',
  description: 'The cluster as it was declared, and what we know of it. `GET …/flux` asks the cluster itself.',
  answers: { 200: { body: 'Cluster', means: 'The cluster.', headers: ['ETag'] } },
  problems: ['not-found'],
} as const satisfies RouteText;

const put = {
  method: 'PUT',
  path,
  operationId: 'putCluster',
  tag,
  summary: 'Create or replace a cluster',
  description:
    'Declares an EKS cluster in an account of the customer. Nothing happens to the cluster itself: bootstrap it for ' +
    'that. `accountId`, `region` and `eksName` never change. The same body again changes nothing.',
  headers: ['If-Match', 'If-None-Match'],
  body: { schema: async () => (await import('./cluster.schema.ts')).clusterSchema, name: 'ClusterSpec' },
  answers: {
    200: { body: 'Cluster', means: 'Replaced, or the same as before.', headers: ['ETag'] },
    201: { body: 'Cluster', means: 'Created.', headers: ['ETag', 'Location'] },
  },
  problems: [
    ...(['not-found', 'conflict', 'immutable-field', 'cluster-taken'] as const),
    ...(['operation-in-progress', 'precondition-failed', 'account-not-registered'] as const),
  ],
} as const satisfies RouteText;

const remove = {
  method: 'DELETE',
  path,
  operationId: 'deleteCluster',
  tag,
  summary: 'Forget a cluster',
  description:
    'Refused while an operation works on the cluster, and while something of ours is left in it or in the repository ' +
    '(`status.leavings`). With `abandon=true` it is forgotten all the same: what is left stays, and the answer and ' +
    'the event say what that is.',
  query: async () => (await import('./cluster-query.schema.ts')).deleteClusterQuery,
  headers: ['If-Match'],
  answers: {
    200: { body: 'Abandoned', means: 'Forgotten; this stays in the cluster and the repository.' },
    204: { means: 'Forgotten; nothing of ours was left.' },
  },
  problems: ['not-found', 'conflict', 'resource-in-use', 'operation-in-progress', 'precondition-failed'],
} as const satisfies RouteText;

export function clusterRoutes(deps: ApiDependencies): readonly Route[] {
  return [
    route(list, async ({ c, params: { customer }, query }) => {
      const page = await listClusters(deps, { customer, filter: clusterFilterOf(query), ...pageOf(c, query) });
      return answerPage(c, query, { page, bodyOf: clusterBody });
    }),
    route(listAll, async ({ c, query }) => {
      const page = await listClusters(deps, { filter: clusterFilterOf(query), ...pageOf(c, query) });
      const bodyOf = (cluster: ListedCluster) => ({ customer: cluster.record.customer, ...clusterBody(cluster) });
      return answerPage(c, query, { page, bodyOf });
    }),
    route(get, async ({ c, params: { customer, cluster: id } }) =>
      answerResource(c, clusterBody(await getCluster(deps, { customer, id }))),
    ),
    route(put, async ({ c, params: { customer, cluster: id }, body: spec, actor }) => {
      const view = await putCluster(deps, { customer, id, spec, precondition: preconditionOf(c), actor });
      return answerResource(c, clusterBody(view), view.isNew);
    }),
    route(remove, async ({ c, params: { customer, cluster: id }, query, actor }) => {
      const abandon = query.abandon === 'true';
      const precondition = preconditionOf(c);
      const abandoned = await deleteCluster(deps, { customer, id, abandon, precondition, actor });
      return abandoned ? c.json({ id, abandoned }) : c.body(null, 204);
    }),
  ];
}

function clusterBody({ record, runtime }: ListedCluster): ResourceBody {
  const { id, spec, createdAt, updatedAt } = record;
  const { claimedBy: operation, lastOperation, result: bootstrap, leavings = [] } = runtime ?? {};
  const effective = effectiveCluster(spec);
  const state = clusterState({ record, runtime });
  return {
    id,
    spec,
    status: { effective, state, operation, lastOperation, bootstrap, leavings },
    createdAt,
    updatedAt,
  };
}
