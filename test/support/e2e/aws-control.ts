/** Sets the rig's STS and EKS: the routes of sandbox/simulators/README.md. */
import { customerRoleName } from '../../../sandbox/example.ts';
import { type ClusterAddress, clusterPath, type ClusterView } from '../../rig/parts/aws.ts';

export interface AwsControl {
  /** Makes or replaces the customer's role; without `externalId` nobody can assume it. */
  putRole(role: { readonly accountId: string; readonly trusts: string; readonly externalId?: string }): Promise<void>;
  /** A path below `/_world`. */
  put(path: string, body: unknown): Promise<void>;
  patchCluster(address: ClusterAddress, part: object): Promise<void>;
  putCluster(address: ClusterAddress, cluster: object): Promise<void>;
  removeCluster(address: ClusterAddress): Promise<void>;
  cluster(address: ClusterAddress): Promise<ClusterView>;
  putAccessEntries(address: ClusterAddress, entries: readonly object[]): Promise<void>;
}

export function createAwsControl(awsControlUrl: string): AwsControl {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${awsControlUrl}/${path}`, {
      method,
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const said = await answer.text();
    if (!answer.ok) throw new Error(`${method} /_world/${path}: ${answer.status} ${said}`);
    return said === '' ? undefined : JSON.parse(said);
  };
  return {
    async putRole({ accountId, trusts, externalId }) {
      const statement = {
        Effect: 'Allow',
        Principal: { AWS: trusts },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': externalId ?? 'nobody-knows-it' } },
      };
      await call('PUT', `roles/${accountId}/${customerRoleName}`, {
        trustPolicy: { Version: '2012-10-17', Statement: [statement] },
      });
    },
    put: async (path, body) => void (await call('PUT', path, body)),
    patchCluster: async (address, part) => void (await call('PATCH', clusterPath(address), part)),
    putCluster: async (address, cluster) => void (await call('PUT', clusterPath(address), cluster)),
    removeCluster: async (address) => void (await call('DELETE', clusterPath(address))),
    cluster: async (address) => (await call('GET', clusterPath(address))) as ClusterView,
    putAccessEntries: async (address, entries) =>
      void (await call('PUT', `${clusterPath(address)}/access-entries`, entries)),
  };
}
