/** Finishes the deletion of namespaces, as Kubernetes' own namespace controller does: without it they stay for ever. */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { NodeClient } from './kubernetes-watch.ts';

const namespaceSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), deletionTimestamp: z.string().optional() }),
  spec: z.looseObject({ finalizers: z.array(z.string()).default([]) }),
});
type Namespace = z.infer<typeof namespaceSchema>;

const groupsSchema = z.object({
  groups: z.array(z.object({ preferredVersion: z.object({ groupVersion: z.string() }) })),
});
const resourcesSchema = z.object({
  resources: z.array(z.object({ name: z.string(), namespaced: z.boolean(), verbs: z.array(z.string()) })),
});
const listSchema = z.object({ items: z.array(z.unknown()) });

const retryPauseMilliseconds = 300;

/** Runs until the signal. */
export async function finalizeNamespaces(client: NodeClient, signal: AbortSignal): Promise<void> {
  const inWork = new Set<string>();
  await client.watch({
    path: '/api/v1/namespaces',
    onObject(object) {
      const namespace = namespaceSchema.parse(object);
      const { name, deletionTimestamp } = namespace.metadata;
      if (deletionTimestamp === undefined || inWork.has(name)) return;
      inWork.add(name);
      void finalize(client, namespace, signal).finally(() => inWork.delete(name));
    },
    onDeleted: () => undefined,
    onSynced: () => undefined,
    signal,
  });
}

async function finalize(client: NodeClient, namespace: Namespace, signal: AbortSignal): Promise<void> {
  const { name } = namespace.metadata;
  while (!signal.aborted) {
    try {
      if (await empty(client, name)) break;
    } catch (error) {
      console.error(`namespace ${name} is not empty yet: ${String(error)}`);
    }
    await delay(retryPauseMilliseconds);
  }
  const present = await client.call('GET', `/api/v1/namespaces/${name}`);
  if (present === undefined) return;
  const { spec, ...rest } = namespaceSchema.parse(present);
  const finalizers = spec.finalizers.filter((finalizer) => finalizer !== 'kubernetes');
  await client.call('PUT', `/api/v1/namespaces/${name}/finalize`, { ...rest, spec: { ...spec, finalizers } });
}

/** Deletes whatever is in the namespace; true when nothing was left to delete. */
async function empty(client: NodeClient, namespace: string): Promise<boolean> {
  let isEmpty = true;
  for (const collection of await collections(client)) {
    const path = collection.replace('{namespace}', namespace);
    const { items } = listSchema.parse((await client.call('GET', `${path}?limit=1`)) ?? { items: [] });
    if (items.length === 0) continue;
    isEmpty = false;
    await client.call('DELETE', path);
  }
  return isEmpty;
}

/** Paths of all collections in a namespace that can be deleted as a whole. */
async function collections(client: NodeClient): Promise<readonly string[]> {
  const { groups } = groupsSchema.parse(await client.call('GET', '/apis'));
  const roots = ['/api/v1', ...groups.map((group) => `/apis/${group.preferredVersion.groupVersion}`)];
  const found: string[] = [];
  for (const root of roots) {
    // A group whose last definition is being deleted is listed, and gone when asked.
    const { resources } = resourcesSchema.parse((await client.call('GET', root)) ?? { resources: [] });
    const deletable = resources.filter((one) => one.namespaced && one.verbs.includes('deletecollection'));
    found.push(...deletable.map((one) => `${root}/namespaces/{namespace}/${one.name}`));
  }
  return found;
}
