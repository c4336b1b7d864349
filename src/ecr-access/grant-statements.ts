import type { EcrGrantSpec, EcrPrincipal } from './ecr-grant.ts';
import type { PolicyStatement } from './policy-document.ts';

const pullActions = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:DescribeImages',
  'ecr:ListImages',
];
/** What Lambda needs: https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions */
const lambdaActions = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

/**
 * What a right allows. Never `ecr:GetAuthorizationToken`: it is no right to a repository, and belongs to the identity's own
 * policy (https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html).
 */
export const rightActions = {
  pull: pullActions,
  push: [...pullActions, 'ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage'],
  lambda: lambdaActions,
} as const satisfies Record<string, readonly string[]>;

export type Right = keyof typeof rightActions;

/** What a grant says that its statements depend on. */
export type GrantedRight = Pick<EcrGrantSpec, 'principal' | 'access'>;

const sidPrefix = 'FleetApi';

/**
 * A statement is ours by its Sid. One of somebody else's that begins with our prefix cannot be told apart: it goes with
 * our next write. Sids are letters and digits only (the grammar of IAM), so that the prefix has no separator.
 */
export function isOurs({ Sid: sid }: PolicyStatement): boolean {
  return typeof sid === 'string' && sid.startsWith(sidPrefix);
}

/** The statements of the grants: equal rights share one, in an order that does not depend on that of the grants. */
export function grantStatements(grants: readonly GrantedRight[], partition: string): readonly PolicyStatement[] {
  const rights = rightsOf(grants, partition);
  const identities = holders(rights.identities);
  const organizations = holders(rights.organizations);
  return [
    ...identityStatement('pull', identities.pull),
    ...identityStatement('push', identities.push),
    ...identityStatement('lambda', identities.lambda),
    ...organizationStatement('pull', organizations.pull),
    ...organizationStatement('push', organizations.push),
    ...lambdaServiceStatement([...rights.functions].sort()),
  ];
}

export function accountRootArn(partition: string, accountId: string): string {
  return `arn:${partition}:iam::${accountId}:root`;
}

export function roleArn(partition: string, { accountId, roleName }: PrincipalOf<'role'>): string {
  return `arn:${partition}:iam::${accountId}:role/${roleName}`;
}

/** All functions of the account in the region. */
export function functionArns(partition: string, { accountId, region }: PrincipalOf<'lambda'>): string {
  return `arn:${partition}:lambda:${region}:${accountId}:function:*`;
}

type PrincipalOf<Type> = Extract<EcrPrincipal, { readonly type: Type }>;

interface Rights {
  /** By ARN, the widest right of each. */
  readonly identities: Map<string, Right>;
  /** By id. */
  readonly organizations: Map<string, Right>;
  /** Patterns of their ARNs. */
  readonly functions: Set<string>;
}

function rightsOf(grants: readonly GrantedRight[], partition: string): Rights {
  const rights: Rights = { identities: new Map(), organizations: new Map(), functions: new Set() };
  for (const { principal, access } of grants) {
    switch (principal.type) {
      case 'account':
        widen(rights.identities, accountRootArn(partition, principal.accountId), access);
        break;
      case 'role':
        widen(rights.identities, roleArn(partition, principal), access);
        break;
      case 'organization':
        widen(rights.organizations, principal.organizationId, access);
        break;
      case 'lambda':
        // Functions pull and nothing else, whatever `access` says.
        widen(rights.identities, accountRootArn(partition, principal.accountId), 'lambda');
        rights.functions.add(functionArns(partition, principal));
        break;
    }
  }
  return rights;
}

const width = { lambda: 1, pull: 2, push: 3 } as const satisfies Record<Right, number>;

function widen(rights: Map<string, Right>, holder: string, right: Right): void {
  const present = rights.get(holder);
  if (present === undefined || width[present] < width[right]) rights.set(holder, right);
}

function holders(rights: ReadonlyMap<string, Right>): Record<Right, readonly string[]> {
  const of: Record<Right, string[]> = { pull: [], push: [], lambda: [] };
  for (const holder of [...rights.keys()].sort()) of[rights.get(holder) ?? 'pull'].push(holder);
  return of;
}

const identitySids = {
  pull: `${sidPrefix}Pull`,
  push: `${sidPrefix}Push`,
  lambda: `${sidPrefix}LambdaAccounts`,
} as const satisfies Record<Right, string>;

function identityStatement(right: Right, arns: readonly string[]): readonly PolicyStatement[] {
  if (arns.length === 0) return [];
  return [{ Sid: identitySids[right], Effect: 'Allow', Principal: { AWS: arns }, Action: rightActions[right] }];
}

function organizationStatement(right: 'pull' | 'push', ids: readonly string[]): readonly PolicyStatement[] {
  if (ids.length === 0) return [];
  return [
    {
      Sid: `${identitySids[right]}Organizations`,
      Effect: 'Allow',
      Principal: '*',
      Action: rightActions[right],
      Condition: { StringEquals: { 'aws:PrincipalOrgID': ids } },
    },
  ];
}

function lambdaServiceStatement(arns: readonly string[]): readonly PolicyStatement[] {
  if (arns.length === 0) return [];
  return [
    {
      Sid: `${sidPrefix}LambdaService`,
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: lambdaActions,
      Condition: { StringLike: { 'aws:sourceArn': arns } },
    },
  ];
}
