import { Hono } from 'hono';
import type { Context } from 'hono';
import * as z from 'zod';
import { faultBody } from './simulators/faults.ts';
import type { KubernetesWorld } from './simulators/kubernetes/kubernetes-world.ts';

/** Which object, in the query: names of API versions hold slashes. */
const objectQuery = z.strictObject({
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
});

const faultsBody = z.array(faultBody.extend({ action: z.string().startsWith('kubernetes:') }));

/** `/_world/kubernetes`: what somebody with an administrator's rights does in a cluster, without credentials. */
export function createKubernetesControl(clusters: ReadonlyMap<string, KubernetesWorld>): Hono {
  const app = new Hono();
  app.onError((error, c) => c.json({ message: error.message }, 400));
  const world = (c: Context): KubernetesWorld => {
    const found = clusters.get(c.req.param('cluster') ?? '');
    if (!found) throw new Error(`there is no such cluster; there are ${[...clusters.keys()].join(', ')}`);
    return found;
  };
  const reference = (c: Context) => {
    const { namespace, ...named } = objectQuery.parse(c.req.query());
    return { ...named, ...(namespace !== undefined && { namespace }) };
  };
  app.get('/_world/kubernetes/:cluster/objects', (c) => {
    const object = world(c).get(reference(c));
    return object ? c.json(object) : c.json({ message: 'there is no such object' }, 404);
  });
  app.delete('/_world/kubernetes/:cluster/objects', (c) => {
    world(c).delete(reference(c), 'somebody');
    return c.body(null, 204);
  });
  app.get('/_world/kubernetes/:cluster/history', (c) => c.json(world(c).history));
  app.put('/_world/kubernetes/:cluster/faults', async (c) => {
    world(c).faults = faultsBody.parse(await c.req.json());
    return c.body(null, 204);
  });
  return app;
}
