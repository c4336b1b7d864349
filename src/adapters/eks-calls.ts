import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import type { Cluster, EKSClientConfig } from '@aws-sdk/client-eks';

import { OutsideCallError } from '../errors.ts';
import type { DescribedCluster, EksCluster, EksTarget } from '../ports/eks-access.ts';
import { awsAttempts, awsRequestLimits } from './aws-attempts.ts';
import type { CustomerAccountCredentials } from './customer-account-credentials.ts';
import { createCustomerAwsCalls } from './customer-aws-calls.ts';
import type { CustomerAwsCalls } from './customer-aws-calls.ts';
import { eksSession } from './eks-session.ts';

export type EksCalls = CustomerAwsCalls<EksTarget, EKSClient>;

export function createEksCalls(
  credentials: CustomerAccountCredentials,
  options: {
    readonly eksEndpoint?: string | undefined;
    readonly requestHandler?: EKSClientConfig['requestHandler'];
  },
): EksCalls {
  const settings: EKSClientConfig = {
    maxAttempts: awsAttempts,
    requestHandler: options.requestHandler ?? awsRequestLimits,
    ...(options.eksEndpoint && { endpoint: options.eksEndpoint }),
  };
  // One handler for all clients: connections to a region's EKS endpoint are shared, credentials never are.
  const { requestHandler } = new EKSClient({ ...settings, region: 'us-east-1' }).config;
  return createCustomerAwsCalls({
    system: 'eks',
    credentials,
    sessionOf: eksSession,
    subjectOf: ({ eksName }) => eksName,
    clientOf: (region, session) => new EKSClient({ ...settings, region, credentials: session, requestHandler }),
  });
}

export async function describeCluster(
  calls: EksCalls,
  target: EksTarget,
  signal: AbortSignal,
): Promise<DescribedCluster> {
  const answer = await calls.call(
    target,
    {
      action: 'eks:DescribeCluster',
      expects: ['ResourceNotFoundException'],
      send: (client, options) => client.send(new DescribeClusterCommand({ name: target.eksName }), options),
    },
    signal,
  );
  switch (answer.kind) {
    case 'answered':
      return { kind: 'described', cluster: readCluster(answer.value.cluster) };
    case 'refused':
      return { kind: 'cluster-not-found' };
    case 'role-not-assumable':
    case 'forbidden':
      return answer;
  }
}

function readCluster(cluster: Cluster | undefined): EksCluster {
  const { arn, status, version, createdAt } = cluster ?? {};
  if (!cluster || !arn || !status || !version || !createdAt) {
    throw new OutsideCallError({
      system: 'eks',
      failure: 'protocol',
      attempted: 'eks:DescribeCluster',
      answer: 'the answer lacks the ARN, the status, the version or the creation time of the cluster',
    });
  }
  return {
    arn,
    status,
    kubernetesVersion: version,
    endpoint: cluster.endpoint,
    certificateAuthority: cluster.certificateAuthority?.data,
    createdAt: createdAt.toISOString(),
    // Absent only in answers older than the setting; such clusters were all public.
    hasPublicEndpoint: cluster.resourcesVpcConfig?.endpointPublicAccess ?? true,
    // Likewise: before access entries there was only the ConfigMap.
    authenticationMode: cluster.accessConfig?.authenticationMode ?? 'CONFIG_MAP',
  };
}
