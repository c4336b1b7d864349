import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DescribeAccessEntryCommand,
  ListAssociatedAccessPoliciesCommand,
} from '@aws-sdk/client-eks';
import type { AccessEntry as EksAccessEntry, AssociatedAccessPolicy } from '@aws-sdk/client-eks';

import { OutsideCallError } from '../errors.ts';
import type { AccessEntry, EksTarget } from '../ports/eks-access.ts';
import { partitionOf } from './arn-partition.ts';
import type { AwsFault } from './aws-call-errors.ts';
import type { CustomerAwsAnswer } from './customer-aws-calls.ts';
import type { EksCalls } from './eks-calls.ts';
import { pause } from './pause.ts';

type Forbidden = Extract<AccessEntry, { kind: 'forbidden' }>;

/** What the cluster has for our role. */
interface FoundEntry {
  readonly kind: 'found';
  readonly exists: boolean;
  readonly isClusterAdmin: boolean;
  readonly hasGroups: boolean;
}

/** Tries of AssociateAccessPolicy; the pauses between them double. */
const maxAssociateTries = 4;

/**
 * The entry of our role counts as present with `AmazonEKSClusterAdminPolicy` for the whole cluster, or with Kubernetes
 * groups: what those may do is for the cluster's own RBAC to say (SelfSubjectAccessReview), not for EKS.
 * A cluster in mode `CONFIG_MAP` knows no entries: absent.
 */
export async function findAccessEntry(calls: EksCalls, target: EksTarget, signal: AbortSignal): Promise<AccessEntry> {
  const found = await lookUp(calls, target, signal);
  if (found.kind === 'forbidden') {
    return found;
  }
  return { kind: found.isClusterAdmin || found.hasGroups ? 'present' : 'absent', principalArn: target.roleArn };
}

/** Converges: what is there is left, `created` says that something was added. */
export async function ensureAccessEntry(
  using: { readonly calls: EksCalls; readonly pauseMs: number },
  target: EksTarget,
  signal: AbortSignal,
): Promise<AccessEntry> {
  const found = await lookUp(using.calls, target, signal);
  if (found.kind === 'forbidden') {
    return found;
  }
  if (found.isClusterAdmin) {
    return { kind: 'present', principalArn: target.roleArn };
  }
  const refusal =
    (found.exists ? undefined : await createEntry(using.calls, target, signal)) ??
    (await associatePolicy(using, target, signal));
  return refusal ?? { kind: 'created', principalArn: target.roleArn };
}

async function lookUp(calls: EksCalls, target: EksTarget, signal: AbortSignal): Promise<FoundEntry | Forbidden> {
  const names = { clusterName: target.eksName, principalArn: target.roleArn };
  const described = await calls.call(
    target,
    {
      action: 'eks:DescribeAccessEntry',
      expects: ['ResourceNotFoundException', 'InvalidRequestException'],
      send: (client, options) => client.send(new DescribeAccessEntryCommand(names), options),
    },
    signal,
  );
  const entry = read(described, absentOrThrow('eks:DescribeAccessEntry'));
  if (!entry || 'kind' in entry) {
    return entry ?? nothingFound;
  }
  const listed = await calls.call(
    target,
    {
      action: 'eks:ListAssociatedAccessPolicies',
      expects: ['ResourceNotFoundException'],
      // A page holds up to 100 policies and EKS publishes fewer, so there is no second one.
      send: (client, options) => client.send(new ListAssociatedAccessPoliciesCommand(names), options),
    },
    signal,
  );
  const policies = read(listed, absentOrThrow('eks:ListAssociatedAccessPolicies'));
  if (!policies || 'kind' in policies) {
    return policies ?? nothingFound;
  }
  return foundEntry(entry.accessEntry, policies.associatedAccessPolicies ?? [], target);
}

const nothingFound = { kind: 'found', exists: false, isClusterAdmin: false, hasGroups: false } as const;

function foundEntry(
  entry: EksAccessEntry | undefined,
  policies: readonly AssociatedAccessPolicy[],
  target: EksTarget,
): FoundEntry {
  const adminPolicy = clusterAdminPolicyArn(target);
  return {
    kind: 'found',
    exists: true,
    isClusterAdmin: policies.some(
      ({ policyArn, accessScope }) => policyArn === adminPolicy && accessScope?.type === 'cluster',
    ),
    hasGroups: (entry?.kubernetesGroups ?? []).length > 0,
  };
}

async function createEntry(calls: EksCalls, target: EksTarget, signal: AbortSignal): Promise<Forbidden | undefined> {
  const answer = await calls.call(
    target,
    {
      action: 'eks:CreateAccessEntry',
      // Somebody else was quicker: an entry is what we want.
      expects: ['ResourceInUseException'],
      send: (client, options) =>
        client.send(
          new CreateAccessEntryCommand({ clusterName: target.eksName, principalArn: target.roleArn, type: 'STANDARD' }),
          options,
        ),
    },
    signal,
  );
  return asForbidden(answer);
}

/**
 * EKS may not know an entry yet that it has just made and answers ResourceNotFoundException for some seconds
 * (hashicorp/terraform-provider-aws#35728), so that one is tried again.
 */
async function associatePolicy(
  using: { readonly calls: EksCalls; readonly pauseMs: number },
  target: EksTarget,
  signal: AbortSignal,
): Promise<Forbidden | undefined> {
  for (let tries = 1; ; tries += 1) {
    const answer = await using.calls.call(
      target,
      {
        action: 'eks:AssociateAccessPolicy',
        expects: tries < maxAssociateTries ? ['ResourceNotFoundException'] : [],
        send: (client, options) =>
          client.send(
            new AssociateAccessPolicyCommand({
              clusterName: target.eksName,
              principalArn: target.roleArn,
              policyArn: clusterAdminPolicyArn(target),
              accessScope: { type: 'cluster' },
            }),
            options,
          ),
      },
      signal,
    );
    if (answer.kind !== 'refused') {
      return asForbidden(answer);
    }
    await pause(using.pauseMs * 2 ** (tries - 1), signal).catch(() => {
      throw new OutsideCallError({ system: 'eks', failure: 'timeout', attempted: 'eks:AssociateAccessPolicy' });
    });
  }
}

function asForbidden(answer: CustomerAwsAnswer<unknown>): Forbidden | undefined {
  switch (answer.kind) {
    case 'answered':
    case 'refused':
      return undefined;
    case 'role-not-assumable':
      return { kind: 'forbidden', action: 'sts:AssumeRole', detail: answer.detail };
    case 'forbidden':
      return answer;
  }
}

function read<T>(answer: CustomerAwsAnswer<T>, onRefusal: (fault: AwsFault) => undefined): T | Forbidden | undefined {
  switch (answer.kind) {
    case 'answered':
      return answer.value;
    case 'refused':
      return onRefusal(answer.fault);
    case 'role-not-assumable':
    case 'forbidden':
      return asForbidden(answer);
  }
}

/** In mode `CONFIG_MAP` EKS answers InvalidRequestException with words on the authentication mode. */
function absentOrThrow(action: string): (fault: AwsFault) => undefined {
  return ({ code, status, words }) => {
    if (code === 'ResourceNotFoundException' || /authentication mode/i.test(words)) {
      return undefined;
    }
    throw new OutsideCallError({
      system: 'eks',
      failure: 'rejected',
      attempted: action,
      answer: words,
      ...(status !== undefined && { status }),
    });
  };
}

function clusterAdminPolicyArn(target: EksTarget): string {
  return `arn:${partitionOf(target.roleArn)}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`;
}
