import { expect, it } from 'vitest';
import { deployKeyTitle } from '../../../src/deploy-keys/deploy-key-title.ts';
import { generateKeyPair } from '../../../src/adapters/ssh-key-pairs.ts';
import { bootstrapEngine } from '../../support/bootstrap-engine.ts';
import { acme, clusterPath } from '../../support/fleet.ts';
import type { Fleet } from '../../support/fleet.ts';
import { useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();

interface KeyBody {
  readonly fingerprint: string;
  readonly title: string;
  readonly publicKey: string;
  readonly isReadOnly: boolean;
  readonly isRecorded: boolean;
}

interface KeysBody {
  readonly reachability: object;
  readonly recordedFingerprint?: string;
  readonly items: readonly KeyBody[];
}

async function readKeys(fleet: Fleet): Promise<KeysBody> {
  const answer = await fleet.call('GET', `${clusterPath}/deploy-keys`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as KeysBody;
}

it('lists nothing before a bootstrap', async () => {
  const fleet = await fleets.registered();

  expect(await readKeys(fleet)).toEqual({ reachability: { isReachable: true }, items: [] });
});

it('lists the key that the bootstrap made, with nothing of its private half', async () => {
  const fleet = await fleets.registered();
  await (await bootstrapEngine(fleet)).bootstrap();
  const runtime = await fleet.registry.getRuntime('acme', 'production');

  const { recordedFingerprint, items } = await readKeys(fleet);

  expect(recordedFingerprint).toBe(runtime?.result?.keyFingerprint);
  const [registered] = fleet.git.repository(acme).deployKeys;
  expect(items).toEqual([
    {
      fingerprint: runtime?.result?.keyFingerprint,
      title: registered?.title,
      publicKey: registered?.publicKey,
      isReadOnly: true,
      isRecorded: true,
    },
  ]);
  expect(JSON.stringify(items)).not.toContain('PRIVATE');
});

it('lists what else is registered for this cluster, and nothing of others', async () => {
  const fleet = await fleets.registered();
  await (await bootstrapEngine(fleet)).bootstrap();
  const { deployKeys } = fleet.git.repository(acme);
  const add = (owner: { customer: string; cluster: string }, isReadOnly: boolean) => {
    const { publicKey } = generateKeyPair();
    deployKeys.push({ id: publicKey, title: deployKeyTitle(owner, publicKey), publicKey, isReadOnly });
    return publicKey;
  };
  const old = add({ customer: 'acme', cluster: 'production' }, false);
  add({ customer: 'acme', cluster: 'production-2' }, true);
  add({ customer: 'other', cluster: 'production' }, true);
  deployKeys.push({ id: 'x', title: 'ci', publicKey: generateKeyPair().publicKey, isReadOnly: true });

  const { items } = await readKeys(fleet);

  expect(items).toHaveLength(2);
  expect(items[1]).toMatchObject({ publicKey: old, isReadOnly: false, isRecorded: false });
});
