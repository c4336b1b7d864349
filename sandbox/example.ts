/** The example customer of sandbox and rig: its AWS account, its repository, and the specs that onboard its cluster. */

export const exampleRegion = 'eu-west-1';

export const exampleRepository = { owner: 'acme', name: 'infrastructure' } as const;

export const exampleCluster = { accountId: '111122223333', region: exampleRegion, name: 'production' } as const;

/** The fixed name of the role that each customer makes for the product. */
export const customerRoleName = 'fleet-api';

/** In `sandbox/distributions`: small, and written for the sandbox. */
export const sandboxFluxVersion = '2.9.2-sandbox.1';

export interface Example {
  readonly customer: { readonly id: string; readonly spec: object };
  readonly account: { readonly id: string; readonly spec: object };
  readonly cluster: { readonly id: string; readonly spec: object };
}

/** What to PUT, in this order. */
export function exampleSpecs({ fluxVersion, gitHost }: Readonly<Record<'fluxVersion' | 'gitHost', string>>): Example {
  return {
    customer: {
      id: 'acme',
      spec: {
        displayName: 'Acme',
        repository: { host: gitHost, ...exampleRepository, branch: 'main' },
        delivery: 'direct',
      },
    },
    account: { id: exampleCluster.accountId, spec: { alias: 'production' } },
    cluster: {
      id: 'production',
      spec: {
        accountId: exampleCluster.accountId,
        region: exampleCluster.region,
        eksName: exampleCluster.name,
        environment: 'production',
        labels: { tier: 'gold' },
        access: 'managed',
        flux: { version: fluxVersion },
      },
    },
  };
}

/**
 * What a customer writes as the trust policy of its role, with the ExternalId that the API tells once the account is
 * registered. Without one: any is taken, but a call that has none is refused.
 */
export function customerTrustPolicy(trustedPrincipalArn: string, externalId?: string): object {
  const condition =
    externalId === undefined
      ? { StringLike: { 'sts:ExternalId': '?*' } }
      : { StringEquals: { 'sts:ExternalId': externalId } };
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: trustedPrincipalArn },
    Action: 'sts:AssumeRole',
    Condition: condition,
  };
  return { Version: '2012-10-17', Statement: [statement] };
}
