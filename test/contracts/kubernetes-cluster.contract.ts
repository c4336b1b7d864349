import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { access, reading, watching } from './kubernetes-cluster-reading.ts';
import { customResources } from './kubernetes-cluster-custom-resources.ts';
import { applying, changing, deleting } from './kubernetes-cluster-writing.ts';
import { createClients, type Given, type KubernetesContractWorld, never } from './kubernetes-cluster-world.ts';

/** What every `KubernetesCluster` promises (src/ports/kubernetes-cluster.ts), through the product's own adapter. */
export function kubernetesClusterContract(name: string, makeWorld: () => Promise<KubernetesContractWorld>): void {
  describe(`Kubernetes cluster: ${name}`, () => {
    let present: Given;
    let close = async (): Promise<void> => {};
    beforeAll(async () => {
      const world = await makeWorld();
      const clients = createClients(world);
      const admin = await clients.given.as('administrator');
      const run = randomUUID().slice(0, 8);
      const namespace = `contract-${run}`;
      await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, never);
      present = { ...clients.given, admin, namespace, run };
      close = async () => {
        await clients.close();
        await world.close();
      };
    });
    afterAll(() => close());

    const given = (): Given => present;
    describe('reading', () => {
      reading(given);
    });
    describe('applying', () => {
      applying(given);
    });
    describe('creating and patching', () => {
      changing(given);
    });
    describe('deleting', () => {
      deleting(given);
    });
    describe('custom resources', () => {
      customResources(given);
    });
    describe('watching', () => {
      watching(given);
    });
    describe('access', () => {
      access(given);
    });
  });
}
