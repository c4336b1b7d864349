import { OutsideCallError } from '../errors.ts';
import type { EksAccess, EksCluster, EksTarget } from '../ports/eks-access.ts';
import type { KubernetesCluster } from '../ports/kubernetes-cluster.ts';
import { createCustomerAccountCredentials } from './customer-account-credentials.ts';
import type { CustomerAccountCredentials, CustomerAccountOptions } from './customer-account-credentials.ts';
import { ensureAccessEntry, findAccessEntry } from './eks-access-entries.ts';
import { createEksCalls, describeCluster } from './eks-calls.ts';
import { checkedEndpoint } from './eks-endpoint.ts';
import { eksSession } from './eks-session.ts';
import { mintEksToken } from './eks-token.ts';
import { createEksTokenSource } from './eks-token-source.ts';
import { createKubernetesCluster } from './kubernetes-api.ts';
import type { KubernetesDispatcherOf } from './kubernetes-transport.ts';
import type { Pause } from './pause.ts';

/** Tokens name the region's real STS host, whatever `stsEndpoint` says. */
export interface EksAccessOptions extends CustomerAccountOptions {
  /** Where EKS listens when it is not AWS. */
  readonly eksEndpoint?: string | undefined;
  /** API servers that we may connect to, in place of EKS's own names: `host`, `host:port`, `*.suffix`, `host:*`. */
  readonly allowedEndpointHosts?: readonly string[] | undefined;
  /** Carries the requests to API servers, as `requestHandler` those to AWS. */
  readonly kubernetesDispatcher?: KubernetesDispatcherOf | undefined;
  /** How pauses in talking to an API server pass; by the machine's clock unless told. */
  readonly pause?: Pause | undefined;
  /** From 0 to 1, to spread those pauses; they are not unless told. */
  readonly random?: (() => number) | undefined;
  /** First pause, in milliseconds, while EKS does not know an access entry that it has just made. */
  readonly propagationPauseMs?: number;
}

const defaultPropagationPauseMs = 500;

/** The way into customers' EKS clusters over STS and EKS. One instance serves all customers of a process. */
export function createEksAccess(options: EksAccessOptions = {}): EksAccess {
  const now = options.now ?? (() => new Date());
  const credentials = createCustomerAccountCredentials(options);
  const calls = createEksCalls(credentials, options);
  const pauseMs = options.propagationPauseMs ?? defaultPropagationPauseMs;

  return {
    describeCluster: (target, signal) => describeCluster(calls, target, signal),
    findAccessEntry: (target, signal) => findAccessEntry(calls, target, signal),
    ensureAccessEntry: (target, signal) => ensureAccessEntry({ calls, pauseMs }, target, signal),
    connect: (target, cluster) =>
      connect({
        ...{ target, cluster, credentials, now },
        allowedHosts: options.allowedEndpointHosts,
        dispatcherOf: options.kubernetesDispatcher,
        pause: options.pause,
        random: options.random,
      }),
  };
}

function connect(options: {
  readonly target: EksTarget;
  readonly cluster: EksCluster;
  readonly credentials: CustomerAccountCredentials;
  readonly now: () => Date;
  readonly allowedHosts: readonly string[] | undefined;
  readonly dispatcherOf: KubernetesDispatcherOf | undefined;
  readonly pause: Pause | undefined;
  readonly random: (() => number) | undefined;
}): KubernetesCluster {
  const { target, cluster, credentials, now, allowedHosts, dispatcherOf, pause, random } = options;
  const endpoint = checkedEndpoint({ endpoint: cluster.endpoint, region: target.region, allowedHosts });
  if (!cluster.certificateAuthority) {
    // Without the cluster's own authority we would trust every public one.
    throw new OutsideCallError({
      system: 'eks',
      failure: 'rejected',
      attempted: 'connect to the API server',
      answer: 'the EKS cluster has no certificate authority yet',
    });
  }
  const tokens = createEksTokenSource({
    now,
    async mint(at, signal) {
      const assumed = await credentials.assume(eksSession(target), signal);
      if (assumed.kind === 'role-not-assumable') {
        const attempted = `mint a token for the EKS cluster ${target.eksName}`;
        throw new OutsideCallError({ system: 'sts', failure: 'forbidden', attempted, answer: assumed.detail });
      }
      return await mintEksToken({
        credentials: assumed.credentials,
        region: target.region,
        eksName: target.eksName,
        now: at,
      });
    },
  });
  const certificateAuthorityPem = Buffer.from(cluster.certificateAuthority, 'base64').toString('utf8');
  return createKubernetesCluster({ endpoint, certificateAuthorityPem, tokens, dispatcherOf, pause, random });
}
