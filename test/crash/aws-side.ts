/** AWS as the product meets it: accounts with a cluster and a registry each. */
import { allowEverything, createAwsWorld, makeAwsId } from '../../sandbox/simulators/aws-world.ts';
import type { AwsWorld } from '../../sandbox/simulators/aws-world.ts';
import { policyDocument } from '../../sandbox/simulators/iam-policy.ts';
import { provider, trustPolicy } from '../support/aws-simulators.ts';
import { certificateAuthority } from './cluster-side.ts';
import { eksArnOf, endpointOf, region, type Tenant } from './outside.ts';
import { furnishRegistry } from './registry-side.ts';

/** The SDK signs by the process's clock, and so AWS lives by it; everything else lives by virtual time. */
export function awsOf(tenants: readonly Tenant[]): AwsWorld {
  const world = createAwsWorld();
  world.principals.set(provider.accessKeyId, { ...provider, policy: allowEverything });
  for (const tenant of tenants) {
    const { accountId, cluster } = tenant;
    const arn = eksArnOf(tenant);
    world.clusters.set(arn, {
      ...{ arn, accountId, region, name: cluster, status: 'ACTIVE', version: '1.34' },
      endpoint: endpointOf(tenant),
      certificateAuthority,
      createdAt: new Date('2026-01-02T03:04:05Z'),
      ...{ endpointPublicAccess: true, endpointPrivateAccess: false, authenticationMode: 'API' },
      accessEntries: new Map(),
    });
    furnishRegistry(world, tenant);
  }
  return world;
}

export type AwsSnapshot = Pick<
  AwsWorld,
  | 'principals'
  | 'roles'
  | 'managedPolicies'
  | 'sessions'
  | 'clusters'
  | 'ecrRepositories'
  | 'ecrHistory'
  | 'accounts'
  | 'trail'
>;

/** What the maps hold is replaced, never changed. */
export function awsSnapshot({
  principals,
  roles,
  managedPolicies,
  sessions,
  clusters,
  ecrRepositories,
  ecrHistory,
  accounts,
  trail,
}: AwsSnapshot): AwsSnapshot {
  return {
    principals: new Map(principals),
    roles: new Map(roles),
    managedPolicies: new Map(managedPolicies),
    sessions: new Map(sessions),
    clusters: new Map(clusters),
    ecrRepositories: new Map(ecrRepositories),
    ecrHistory: [...ecrHistory],
    accounts: new Map(accounts),
    trail: [...trail],
  };
}

export function awsFrom(snapshot: AwsSnapshot): AwsWorld {
  return Object.assign(createAwsWorld(), awsSnapshot(snapshot));
}

/** The customer's role, which trusts us with its ExternalId. */
export function trustUs(world: AwsWorld, { accountId }: Tenant, externalId: string): void {
  const arn = `arn:aws:iam::${accountId}:role/fleet-api`;
  world.roles.set(arn, {
    arn,
    roleId: makeAwsId('AROA'),
    trustPolicy: policyDocument.parse(trustPolicy(externalId)),
    policy: allowEverything,
    maxSessionSeconds: 3600,
  });
}
