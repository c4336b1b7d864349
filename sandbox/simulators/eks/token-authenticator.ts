import * as z from 'zod';
import type { AccessEntry, AwsWorld, Cluster } from '../aws-world.ts';
import { accountOf, clusterArn } from '../aws-world.ts';
import { createStsSimulator } from '../sts/sts.ts';
import { readToken } from './sts-token.ts';

/** Who a token stands for, as the API server is told. */
export interface AuthenticatedUser {
  readonly username: string;
  readonly groups: readonly string[];
}

/** `GetCallerIdentity` in JSON (STS API reference). */
const identityAnswer = z.object({
  GetCallerIdentityResponse: z.object({
    GetCallerIdentityResult: z.object({ Arn: z.string(), UserId: z.string(), Account: z.string() }),
  }),
});

interface Identity {
  readonly arn: string;
  /** `AROA…` of the role, without the session; `AIDA…` of a user. */
  readonly principalId: string;
  readonly sessionName: string;
  readonly accountId: string;
  readonly accessKeyId: string;
}

/**
 * What stands before the API server of an EKS cluster: it lets STS say who signed a token, and gives that principal the
 * name and the groups of its access entry. `undefined`: 401, for whatever reason; the reason is told to nobody.
 *
 * An access policy for the whole cluster becomes the group `eks-access-policy:<name>`, because EKS decides on policies
 * in an authorizer of its own; policies for namespaces give nothing here.
 *
 * Source: aws-iam-authenticator, `pkg/token`, `pkg/server`; EKS user guide, "Grant IAM users access to Kubernetes with
 * EKS access entries".
 */
export function createTokenAuthenticator(options: {
  readonly aws: AwsWorld;
  readonly cluster: Pick<Cluster, 'accountId' | 'region' | 'name'>;
}): (bearer: string) => Promise<AuthenticatedUser | undefined> {
  const { aws } = options;
  const sts = createStsSimulator(aws);
  const { name, region } = options.cluster;

  return async (bearer) => {
    const presigned = readToken(bearer, region, aws.now());
    if (!presigned) return undefined;
    // The cluster names itself, so a token that was signed for another one has another signature.
    const headers = { accept: 'application/json', 'x-k8s-aws-id': name };
    const answer = await sts.request(presigned.url.href, { headers });
    if (answer.status !== 200) return undefined;
    const { Arn, UserId, Account } = identityAnswer.parse(await answer.json()).GetCallerIdentityResponse
      .GetCallerIdentityResult;
    const [principalId = '', sessionName = ''] = UserId.split(':');
    const identity = { arn: Arn, principalId, sessionName, accountId: Account, accessKeyId: presigned.accessKeyId };
    const entry = findEntry(aws.clusters.get(clusterArn(options.cluster)), identity);
    return entry && { username: username(entry, identity), groups: groups(entry) };
  };
}

/**
 * By the principal's id: a role made again under its name is another principal, for which the entry does not count.
 * Sessions do not show the path of their role, so it does not count either.
 */
function findEntry(cluster: Cluster | undefined, identity: Identity): AccessEntry | undefined {
  if (!cluster || cluster.authenticationMode === 'CONFIG_MAP') return undefined;
  return [...cluster.accessEntries.values()].find(
    ({ principalArn, principalId }) =>
      principalId === identity.principalId &&
      accountOf(principalArn) === identity.accountId &&
      principalNames(principalArn).has(identity.arn.split(':').at(-1)?.split('/').slice(0, 2).join('/') ?? ''),
  );
}

/** As they stand in the ARN of a caller: `assumed-role/NAME` of a role, `user/NAME` of a user. */
function principalNames(principalArn: string): ReadonlySet<string> {
  const [kind, ...path] = principalArn.split(':').at(-1)?.split('/') ?? [];
  return new Set([`${kind === 'role' ? 'assumed-role' : kind}/${path.at(-1)}`]);
}

/** Placeholders of aws-iam-authenticator, README "Full Configuration Format"; an at sign would not be valid there. */
function username(entry: AccessEntry, identity: Identity): string {
  return entry.username
    .replaceAll('{{AccountID}}', identity.accountId)
    .replaceAll('{{AccessKeyID}}', identity.accessKeyId)
    .replaceAll('{{SessionNameRaw}}', identity.sessionName)
    .replaceAll('{{SessionName}}', identity.sessionName.replaceAll('@', '-'));
}

function groups({ kubernetesGroups, policies }: AccessEntry): readonly string[] {
  const ofPolicies = policies
    .filter(({ accessScope }) => accessScope.type === 'cluster')
    .map(({ policyArn }) => `eks-access-policy:${policyArn.split('/').at(-1)}`);
  return [...kubernetesGroups, ...ofPolicies];
}
