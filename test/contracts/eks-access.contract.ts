/**
 * What the way into a customer's EKS cluster promises (src/ports/eks-access.ts). A real part serves a part of it:
 *
 * | promises on    | in                    | simulators | moto 5.2.5                                                 |
 * |----------------|-----------------------|------------|------------------------------------------------------------|
 * | clusters       | eksAccessContract     | yes        | yes                                                        |
 * | who may enter  | eksRightsContract     | yes        | no: it gives every role to everybody, and allows all calls |
 * | access entries | eksEntriesContract    | yes        | no: it has no such calls, nor `accessConfig`               |
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EksWorld, signal } from './eks-access-world.ts';

export { eksEntriesContract } from './eks-access-entries.ts';
export { eksRightsContract } from './eks-access-rights.ts';

export function eksAccessContract(name: string, makeWorld: () => Promise<EksWorld>): void {
  describe(`EKS access, clusters: ${name}`, () => {
    let world: EksWorld;
    beforeEach(async () => {
      world = await makeWorld();
    });
    afterEach(() => world.close());

    it('describes a cluster in the account of the customer', async () => {
      const { target } = world;

      const described = await world.access().describeCluster(target, signal());

      expect(described).toMatchObject({
        kind: 'described',
        cluster: {
          arn: `arn:aws:eks:${target.region}:${target.accountId}:cluster/${target.eksName}`,
          status: 'ACTIVE',
          kubernetesVersion: '1.36',
          endpoint: expect.stringMatching(/^https:\/\/[\w.-]+\.eks\.amazonaws\.com\/?$/),
          certificateAuthority: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
          createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
          hasPublicEndpoint: true,
        },
      });
    });

    it('describes it alike each time, and to all who ask', async () => {
      const { target } = world;
      const access = world.access();

      const first = await access.describeCluster(target, signal());

      expect(await access.describeCluster(target, signal())).toEqual(first);
      expect(await world.access().describeCluster(target, signal())).toEqual(first);
    });

    it.each([
      ['under an unknown name', { eksName: 'gone' }],
      ['in another region', { region: 'us-east-1' }],
    ])('answers cluster-not-found %s', async (_, change) => {
      expect(await world.access().describeCluster({ ...world.target, ...change }, signal())).toEqual({
        kind: 'cluster-not-found',
      });
    });

    it('tells clusters of one account apart', async () => {
      await world.makeCluster('staging');
      const access = world.access();

      const staging = await access.describeCluster({ ...world.target, eksName: 'staging' }, signal());

      expect(staging).toMatchObject({ cluster: { arn: expect.stringMatching(/:cluster\/staging$/) } });
      expect(await access.describeCluster(world.target, signal())).not.toEqual(staging);
    });

    it('tells a cluster that was made anew under its name by its time of creation', async () => {
      const access = world.access();
      const before = await access.describeCluster(world.target, signal());
      await world.deleteCluster(world.target.eksName);

      const between = await access.describeCluster(world.target, signal());
      await world.makeCluster(world.target.eksName);
      const after = await access.describeCluster(world.target, signal());

      expect([before.kind, between.kind, after.kind]).toEqual(['described', 'cluster-not-found', 'described']);
      expect(createdAtOf(after)).not.toBe(createdAtOf(before));
    });
  });
}

function createdAtOf(described: Awaited<ReturnType<ReturnType<EksWorld['access']>['describeCluster']>>): string {
  return described.kind === 'described' ? described.cluster.createdAt : described.kind;
}
