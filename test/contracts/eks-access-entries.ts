import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '../support/failures.ts';
import { clusterAdmin, type GovernedEksWorld, signal } from './eks-access-world.ts';

/** What is promised on the access entry of our role. */
export function eksEntriesContract(name: string, makeWorld: () => Promise<GovernedEksWorld>): void {
  describe(`EKS access, access entries: ${name}`, () => {
    let world: GovernedEksWorld;
    beforeEach(async () => {
      world = await makeWorld();
    });
    afterEach(() => world.close());

    it('finds none where there is none, and makes none', async () => {
      const { roleArn } = world.target;

      expect(await world.access().findAccessEntry(world.target, signal())).toEqual({
        kind: 'absent',
        principalArn: roleArn,
      });

      expect(world.entries()).toEqual([]);
    });

    it('makes the entry for the role, with cluster-admin', async () => {
      const { roleArn: principalArn } = world.target;
      const access = world.access();

      expect(await access.ensureAccessEntry(world.target, signal())).toEqual({ kind: 'created', principalArn });

      expect(await access.findAccessEntry(world.target, signal())).toEqual({ kind: 'present', principalArn });
      expect(world.entries()).toMatchObject([
        { principalArn, policies: [{ policyArn: clusterAdmin, accessScope: { type: 'cluster' } }] },
      ]);
    });

    it('changes nothing the second time', async () => {
      const access = world.access();
      await access.ensureAccessEntry(world.target, signal());
      const before = world.entries();

      expect(await access.ensureAccessEntry(world.target, signal())).toMatchObject({ kind: 'present' });

      expect(world.entries()).toEqual(before);
    });

    it('adds cluster-admin to an entry that has other rights, and leaves those', async () => {
      const view = {
        policyArn: clusterAdmin.replace('ClusterAdmin', 'View'),
        accessScope: { type: 'cluster' },
      };
      await world.setEntries([{ principalArn: world.target.roleArn, policies: [view] }]);
      const access = world.access();
      expect(await access.findAccessEntry(world.target, signal())).toMatchObject({ kind: 'absent' });

      expect(await access.ensureAccessEntry(world.target, signal())).toMatchObject({ kind: 'created' });

      const policies = world.entries()[0]?.policies ?? [];
      expect(policies.map(({ policyArn }) => policyArn)).toEqual([view.policyArn, clusterAdmin]);
    });

    it("leaves other principals' entries", async () => {
      const other = world.target.roleArn.replace('fleet-api', 'their-own');
      await world.setEntries([{ principalArn: other, kubernetesGroups: ['their-admins'] }]);
      const [before] = world.entries();

      await world.access().ensureAccessEntry(world.target, signal());

      expect(world.entries()).toHaveLength(2);
      expect(world.entries()).toContainEqual(before);
    });

    it('counts cluster-admin in one namespace as absent', async () => {
      const scoped = { policyArn: clusterAdmin, accessScope: { type: 'namespace', namespaces: ['apps'] } };
      await world.setEntries([{ principalArn: world.target.roleArn, policies: [scoped] }]);

      expect(await world.access().findAccessEntry(world.target, signal())).toMatchObject({ kind: 'absent' });
    });

    it('counts an entry with Kubernetes groups as present: RBAC says what they may', async () => {
      await world.setEntries([{ principalArn: world.target.roleArn, kubernetesGroups: ['platform-admins'] }]);

      expect(await world.access().findAccessEntry(world.target, signal())).toMatchObject({ kind: 'present' });
    });

    it('finds none in a cluster that knows only the ConfigMap, and says so when it is to make one', async () => {
      await world.changeCluster({ authenticationMode: 'CONFIG_MAP' });
      const access = world.access();

      expect(await access.findAccessEntry(world.target, signal())).toMatchObject({ kind: 'absent' });
      const error = await failureOf(access.ensureAccessEntry(world.target, signal()));
      expect(error).toMatchObject({ failure: 'rejected', answer: expect.stringContaining('authentication mode') });
    });

    it('converges when two make the entry at one moment', async () => {
      const two = [world.access(), world.access()];

      const kinds = await Promise.all(two.map((one) => one.ensureAccessEntry(world.target, signal())));

      expect(kinds.map(({ kind }) => kind)).toContain('created');
      expect(world.entries()).toMatchObject([{ policies: [{ policyArn: clusterAdmin }] }]);
    });
  });
}
