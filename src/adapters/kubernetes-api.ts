import type { AccessQuestion, KubernetesCluster } from '../ports/kubernetes-cluster.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import { aggregatedDiscovery, createKubernetesDiscovery } from './kubernetes-discovery.ts';
import { isRecord, unreadable } from './kubernetes-failures.ts';
import { get, list, watch } from './kubernetes-reads.ts';
import { createKubernetesTransport, type KubernetesConnection } from './kubernetes-transport.ts';
import { apply, create, deleteObject, patch } from './kubernetes-writes.ts';

/**
 * A client for one cluster's API server: trusts the cluster's CA alone, follows no redirect, keeps up to eight
 * connections for calls and one more for each watch. An endpoint that is not https, or a CA that is no certificate,
 * is an `OutsideCallError` right here.
 */
export function createKubernetesCluster(connection: KubernetesConnection): KubernetesCluster {
  const transport = createKubernetesTransport(connection);
  const discovery = createKubernetesDiscovery(async (root) => {
    // One question serves several calls, so the signal of none of them ends it; its deadline does.
    const { signal } = new AbortController();
    const request = {
      method: 'GET',
      path: root,
      attempted: `GET ${root}`,
      accept: aggregatedDiscovery,
      signal,
    } as const;
    return (await transport.send(request)).body;
  });
  const client: KubernetesClient = { transport, discovery };
  return {
    version: (signal) => version(client, signal),
    get: (reference, signal) => get(client, reference, signal),
    list: (kind, signal) => list(client, kind, signal),
    apply: (object, fieldManager, signal) => apply(client, { object, fieldManager, signal }),
    applyDryRun: (object, fieldManager, signal) => apply(client, { object, fieldManager, signal, isDryRun: true }),
    create: (object, signal) => create(client, object, signal),
    patch: (reference, change, signal) => patch(client, { reference, change, signal }),
    delete: (reference, uid, signal) => deleteObject(client, { reference, uid, signal }),
    isAllowed: (question, signal) => isAllowed(client, question, signal),
    watchUntil: (options) => watch(client, options),
    close: () => transport.close(),
  };
}

async function version({ transport }: KubernetesClient, signal: AbortSignal): Promise<string> {
  const attempted = 'GET /version';
  const { body } = await transport.send({ method: 'GET', path: '/version', attempted, signal });
  if (!isRecord(body) || typeof body['gitVersion'] !== 'string') {
    throw unreadable(attempted, 'the answer has no gitVersion');
  }
  return body['gitVersion'];
}

async function isAllowed(
  { transport }: KubernetesClient,
  question: AccessQuestion,
  signal: AbortSignal,
): Promise<boolean> {
  const attempted = `ask whether we may ${question.verb} ${question.resource} of ${question.group || 'the core group'}`;
  const { body } = await transport.send({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    attempted,
    signal,
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb: question.verb, group: question.group, resource: question.resource } },
    },
  });
  const status = isRecord(body) ? body['status'] : undefined;
  if (!isRecord(status) || typeof status['allowed'] !== 'boolean') {
    throw unreadable(attempted, 'the answer does not say whether it is allowed');
  }
  return status['allowed'];
}
