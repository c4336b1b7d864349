import { randomUUID } from 'node:crypto';

import * as z from 'zod';

import type { AccessEntry, AwsWorld, Cluster } from '../aws-world.ts';
import { accountOf } from '../aws-world.ts';
import { AwsError } from '../aws-error.ts';
import { invalidParameter, notFound } from './eks-error.ts';

/**
 * Access entries of one cluster with the rules that EKS documents.
 *
 * Source: EKS API reference (CreateAccessEntry, AssociateAccessPolicy …); EKS user guide, "Grant IAM users access to
 * Kubernetes with EKS access entries" and "Review access policy permissions".
 */

const createRequest = z.object({
  principalArn: z.string(),
  kubernetesGroups: z.array(z.string()).default([]),
  username: z.string().optional(),
  type: z.enum(['STANDARD', 'FARGATE_LINUX', 'EC2_LINUX', 'EC2_WINDOWS', 'EC2', 'HYBRID_LINUX']).default('STANDARD'),
  tags: z.record(z.string(), z.string()).default({}),
});

const associateRequest = z.object({
  policyArn: z.string(),
  accessScope: z.object({ type: z.enum(['cluster', 'namespace']), namespaces: z.array(z.string()).default([]) }),
});

const accessPolicies: ReadonlySet<string> = new Set([
  'AmazonEKSAdminPolicy',
  'AmazonEKSClusterAdminPolicy',
  'AmazonEKSAdminViewPolicy',
  'AmazonEKSEditPolicy',
  'AmazonEKSViewPolicy',
]);

const reservedGroupPrefixes = ['amazon:', 'aws:', 'eks:', 'iam:', 'system:'] as const;

/** Every access entry call is refused in mode `CONFIG_MAP`. */
export function checkKnowsAccessEntries(cluster: Cluster): void {
  if (cluster.authenticationMode === 'CONFIG_MAP') {
    const message =
      "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.";
    throw new AwsError(400, 'InvalidRequestException', message);
  }
}

export function findEntry(cluster: Cluster, principalArn: string): AccessEntry {
  const entry = cluster.accessEntries.get(principalArn);
  if (!entry) {
    throw notFound(
      "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.",
    );
  }
  return entry;
}

/** The new entry; the caller stores it. */
export function makeEntry(world: AwsWorld, cluster: Cluster, body: unknown): AccessEntry {
  const request = parse(createRequest, body);
  const principalId = findPrincipalId(world, request.principalArn);
  const reserved = request.kubernetesGroups.find((group) =>
    reservedGroupPrefixes.some((prefix) => group.startsWith(prefix)),
  );
  if (reserved !== undefined) {
    throw invalidParameter(`The kubernetes group name ${reserved} is invalid, it cannot start with system:`);
  }
  if (cluster.accessEntries.has(request.principalArn)) {
    const message = 'The specified access entry resource is already in use on this cluster.';
    throw new AwsError(409, 'ResourceInUseException', message);
  }
  const now = world.now();
  return {
    ...request,
    accessEntryArn: accessEntryArn(cluster, request.principalArn, randomUUID()),
    principalId,
    username: request.username ?? defaultUsername(request.principalArn),
    createdAt: now,
    modifiedAt: now,
    policies: [],
  };
}

/** The entry with the policy: the same again changes its scope. */
export function withPolicy(entry: AccessEntry, body: unknown, now: Date): AccessEntry {
  const { policyArn, accessScope } = parse(associateRequest, body);
  const [, name = ''] = /^arn:[a-z-]+:eks::aws:cluster-access-policy\/(\w+)$/.exec(policyArn) ?? [];
  if (!accessPolicies.has(name)) {
    throw invalidParameter('The policyArn parameter format is not valid');
  }
  if (accessScope.type === 'namespace' && accessScope.namespaces.length === 0) {
    throw invalidParameter('The namespaces parameter is required for the namespace access scope');
  }
  const previous = entry.policies.find((one) => one.policyArn === policyArn);
  const association = { policyArn, accessScope, associatedAt: previous?.associatedAt ?? now, modifiedAt: now };
  return { ...entry, policies: [...entry.policies.filter((one) => one !== previous), association] };
}

/** With `*` as the id it stands for an entry that is not there, for IAM to decide on. */
export function accessEntryArn(cluster: Pick<Cluster, 'arn' | 'name'>, principalArn: string, id: string): string {
  const [kind, ...name] = principalArn.split(':').at(-1)?.split('/') ?? [];
  const prefix = cluster.arn.replace(/:cluster\/.*$/, '');
  return `${prefix}:access-entry/${cluster.name}/${kind}/${accountOf(principalArn)}/${name.at(-1)}/${id}`;
}

/** A principal that does not exist, and every STS session, is refused. */
function findPrincipalId(world: AwsWorld, principalArn: string): string {
  const user = [...world.principals.values()].find(({ arn }) => arn === principalArn);
  const id = world.roles.get(principalArn)?.roleId ?? (user && `AIDA${user.accessKeyId.slice(4)}`);
  if (id === undefined) {
    throw invalidParameter('The specified principalArn is invalid: invalid principal.');
  }
  return id;
}

function defaultUsername(principalArn: string): string {
  const name = principalArn.split('/').at(-1);
  const [, partition] = principalArn.split(':');
  return principalArn.includes(':role/')
    ? `arn:${partition}:sts::${accountOf(principalArn)}:assumed-role/${name}/{{SessionName}}`
    : principalArn;
}

function parse<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    throw invalidParameter(z.prettifyError(parsed.error));
  }
  return parsed.data;
}
