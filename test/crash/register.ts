/** Tenants and their accounts and clusters, entered over the API. */
import type { CrashWorld } from './crash-world.ts';
import { gitHostName, region } from './outside.ts';
import type { ProductLife } from './product-life.ts';

export async function register(world: CrashWorld, life: ProductLife): Promise<void> {
  for (const tenant of world.tenants) {
    const { customer, accountId, cluster, repository } = tenant;
    const base = `/v1/customers/${customer}`;
    await put(life, base, {
      displayName: customer,
      repository: { host: gitHostName, ...repository, branch: 'main' },
    });
    const account = await put(life, `${base}/accounts/${accountId}`, { alias: customer });
    const { status } = (await account.json()) as { status: { externalId: string } };
    world.trust(tenant, status.externalId);
    await put(life, `${base}/clusters/${cluster}`, { accountId, region, eksName: cluster, flux: { version: '2.9.2' } });
  }
}

async function put(life: ProductLife, path: string, body: object): Promise<Response> {
  const answer = await life.ask('PUT', path, { body });
  if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}
