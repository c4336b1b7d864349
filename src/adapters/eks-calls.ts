import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import type { Cluster, EKSClientConfig } from '@aws-sdk/client-eks';

import { OutsideCallError } from '../errors.ts';
import type { DescribedCluster, EksCluster, EksTarget } from '../ports/eks-access.ts';
import { isAccessDenied, readAwsFault, toOutsideCallError } from './aws-call-errors.ts';
import type { AwsFault } from './aws-call-errors.ts';
import type { CustomerAccountCredentials } from './customer-account-credentials.ts';
import type { SessionCredentials } from './eks-token.ts';

export type EksAnswer<T> =
  | { readonly kind: 'answered'; readonly value: T }
  /** The role could not be assumed, or may not call the action. */
  | { readonly kind: 'role-not-assumable'; readonly detail: string }
  | { readonly kind: 'forbidden'; readonly action: string; readonly detail: string }
  /** A refusal with one of the codes that the call named as expected. */
  | { readonly kind: 'refused'; readonly fault: AwsFault };

export interface EksCall<T> {
  /** Such as `eks:DescribeCluster`. */
  readonly action: string;
  /** Codes that are answers to the caller, not errors. */
  readonly expects: readonly string[];
  readonly send: (client: EKSClient, options: { readonly abortSignal: AbortSignal }) => Promise<T>;
}

/** Calls EKS in the customer's account with a session that is narrowed to the target's cluster. */
export interface EksCalls {
  call<T>(target: EksTarget, call: EksCall<T>, signal: AbortSignal): Promise<EksAnswer<T>>;
}

export function createEksCalls(options: {
  readonly credentials: CustomerAccountCredentials;
  /** Base of the clients' configuration; region and credentials are the target's. */
  readonly eks: Omit<EKSClientConfig, 'region' | 'credentials'>;
}): EksCalls {
  // One handler for all clients: connections to a region's EKS endpoint are shared, credentials never are.
  const { requestHandler } = new EKSClient({ ...options.eks, region: 'us-east-1' }).config;

  async function attempt<T>(
    target: EksTarget,
    call: EksCall<T>,
    using: { readonly credentials: SessionCredentials; readonly signal: AbortSignal },
  ): Promise<EksAnswer<T>> {
    const { credentials, signal } = using;
    const client = new EKSClient({ ...options.eks, region: target.region, credentials, requestHandler });
    try {
      return { kind: 'answered', value: await call.send(client, { abortSignal: signal }) };
    } catch (error) {
      const fault = readAwsFault(error);
      if (call.expects.includes(fault.code)) {
        return { kind: 'refused', fault };
      }
      if (isAccessDenied(fault)) {
        return { kind: 'forbidden', action: call.action, detail: fault.words };
      }
      const attempted = `${call.action} on ${target.eksName} in ${target.accountId}/${target.region}`;
      throw toOutsideCallError(error, { system: 'eks', attempted });
    }
  }

  return {
    async call(target, call, signal) {
      for (let isRepeated = false; ; isRepeated = true) {
        const assumed = await options.credentials.assume(target, signal);
        if (assumed.kind === 'role-not-assumable') {
          return assumed;
        }
        try {
          return await attempt(target, call, { credentials: assumed.credentials, signal });
        } catch (error) {
          const isRefusedSession = error instanceof OutsideCallError && error.failure === 'unauthenticated';
          if (!isRefusedSession || isRepeated) {
            throw error;
          }
          // Sessions can be revoked before they end: a new one decides.
          options.credentials.forget(target, assumed.credentials);
        }
      }
    },
  };
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
