/** Acme's cluster, and what has to be true of its deploy key whatever happened. */
import { expect } from 'vitest';
import type { KubernetesWorld } from '../../sandbox/simulators/kubernetes/kubernetes-world.ts';
import { acme } from '../crash/outside.ts';
import type { FleetRun } from './fleet-run.ts';

export function kubernetesOf({ world }: FleetRun): KubernetesWorld {
  return world.clusters.of(acme).kubernetes;
}

/** The repository has one key, which only reads, and whose private half the cluster has. */
export function expectTheClustersKey({ world }: FleetRun, repository = acme.repository): void {
  const secret = world.holdings()[0]?.secretPublicKey;
  expect(secret).toMatch(/^ssh-ed25519 /);
  expect(world.github.world.deployKeys(repository)).toMatchObject([{ publicKey: secret, isReadOnly: true }]);
}
