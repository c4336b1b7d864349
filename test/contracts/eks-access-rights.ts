import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GovernedEksWorld, signal } from './eks-access-world.ts';

/** What the owner of an account decides: whom the role trusts, what it may do, what state its cluster is in. */
export function eksRightsContract(name: string, makeWorld: () => Promise<GovernedEksWorld>): void {
  describe(`EKS access, who may enter: ${name}`, () => {
    let world: GovernedEksWorld;
    beforeEach(async () => {
      world = await makeWorld();
    });
    afterEach(() => world.close());

    it.each([
      ['the role does not exist', { roleArn: 'arn:aws:iam::111122223333:role/gone' }],
      ['the role requires another ExternalId', { externalId: 'globex-000000' }],
    ])('answers role-not-assumable when %s', async (_, change) => {
      const target = { ...world.target, ...change };

      const described = await world.access().describeCluster(target, signal());

      expect(described.kind).toBe('role-not-assumable');
      expect(JSON.stringify(described)).toContain(target.roleArn);
      expect(JSON.stringify(described)).not.toContain(target.externalId);
    });

    it('answers role-not-assumable when the role trusts somebody else', async () => {
      await world.changeRole({ trusts: 'arn:aws:iam::123412341234:root' });

      expect(await world.access().describeCluster(world.target, signal())).toMatchObject({
        kind: 'role-not-assumable',
      });
    });

    it('answers forbidden with the action that the role does not allow', async () => {
      await world.changeRole({ statements: [{ Effect: 'Allow', Action: 'eks:ListClusters', Resource: '*' }] });

      const described = await world.access().describeCluster(world.target, signal());

      expect(described).toMatchObject({ kind: 'forbidden', action: 'eks:DescribeCluster' });
      expect(described).toHaveProperty('detail', expect.stringContaining('not authorized to perform'));
    });

    it.each([
      ['eks:DescribeAccessEntry', 'findAccessEntry'],
      ['eks:CreateAccessEntry', 'ensureAccessEntry'],
      ['eks:AssociateAccessPolicy', 'ensureAccessEntry'],
    ] as const)('answers forbidden with %s when the role may not', async (action, method) => {
      const everything = { Effect: 'Allow', Action: 'eks:*', Resource: '*' };
      await world.changeRole({ statements: [everything, { Effect: 'Deny', Action: action, Resource: '*' }] });

      expect(await world.access()[method](world.target, signal())).toMatchObject({ kind: 'forbidden', action });
    });

    it('answers forbidden with sts:AssumeRole to who asks for access entries of a role that is closed', async () => {
      const found = await world.access().findAccessEntry({ ...world.target, externalId: 'globex-000000' }, signal());

      expect(found).toMatchObject({ kind: 'forbidden', action: 'sts:AssumeRole' });
    });

    it('describes a cluster that is being created and has no endpoint yet', async () => {
      await world.changeCluster({ status: 'CREATING', endpoint: null, certificateAuthority: null });

      expect(await world.access().describeCluster(world.target, signal())).toMatchObject({
        kind: 'described',
        cluster: { status: 'CREATING', endpoint: undefined, certificateAuthority: undefined },
      });
    });

    it('tells a cluster with a private endpoint only, and its authentication mode', async () => {
      const closed = { endpointPublicAccess: false, endpointPrivateAccess: true };
      await world.changeCluster({ ...closed, authenticationMode: 'CONFIG_MAP' });

      expect(await world.access().describeCluster(world.target, signal())).toMatchObject({
        cluster: { hasPublicEndpoint: false, authenticationMode: 'CONFIG_MAP' },
      });
    });
  });
}
