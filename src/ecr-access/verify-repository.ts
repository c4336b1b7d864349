import type { Looked } from './look.ts';
import { missingRepository } from './look-at-policy.ts';
import type { SeenPolicy } from './look-at-policy.ts';
import { answerRequests, answerToken, principalName } from './verify-access.ts';
import type { AnsweredRequest, GrantedAccess, PrincipalSide } from './verify-access.ts';
import type { AccessVerdict } from './evaluate-access.ts';
import { requestsOf } from './asked-by-grant.ts';
import { partOf } from './verify-part.ts';
import type { VerifiedPart } from './verify-part.ts';

export interface VerifiedRepository {
  readonly repository: string;
  readonly verdict: AccessVerdict['verdict'];
  /** The parts that say no. */
  readonly missing: readonly VerifiedPart['part'][];
  readonly parts: readonly VerifiedPart[];
  /** Of all that the grant is for. */
  readonly notAllowed: readonly {
    readonly action: string;
    readonly principal: string;
    readonly verdict: AccessVerdict['verdict'];
  }[];
}

export interface LookedAtRepository {
  readonly repository: string;
  readonly policy: Looked<SeenPolicy>;
  /** `undefined`: it has none, as far as is known. */
  readonly kmsKeyArn: string | undefined;
}

/** Whether the principal of a grant can do at a repository what the grant is for, and what is missing where not. */
export function verifyRepository(
  spec: GrantedAccess,
  { repository, policy, kmsKeyArn }: LookedAtRepository,
  side: PrincipalSide,
): VerifiedRepository {
  if (policy.kind === 'unseen' && policy.code === missingRepository) return missingOne(repository, policy.detail);
  const document = policy.kind === 'seen' ? policy.value.document : 'unseen';
  const all = answerRequests(spec, { repository, policy: document, side });
  const needed = all.filter(({ isNeeded }) => isNeeded);
  const token = tokenOf(spec, side);
  const repositoryPart = partOf('repository', needed, side);
  const parts = [
    policy.kind === 'unseen' && repositoryPart.result === 'UNKNOWN'
      ? { ...repositoryPart, detail: policy.detail }
      : repositoryPart,
    ...identityParts(needed, side),
    tokenPart(token, side),
    keyPart(kmsKeyArn),
  ];
  return {
    repository,
    verdict: verdictOf([...needed, ...token].map(({ answer }) => answer.verdict)),
    missing: parts.filter(({ result }) => result === 'DENIED').map(({ part }) => part),
    parts,
    notAllowed: all
      .filter(({ answer }) => answer.verdict !== 'ALLOWED')
      .map(({ action, principal, answer: { verdict } }) => ({ action, principal: principalName(principal), verdict })),
  };
}

function missingOne(repository: string, detail: string): VerifiedRepository {
  const part = { part: 'repository', result: 'DENIED', detail } as const;
  return { repository, verdict: 'DENIED', missing: ['repository'], parts: [part], notAllowed: [] };
}

type Asked = Pick<AnsweredRequest, 'principal' | 'action' | 'answer'>;

function tokenOf(spec: GrantedAccess, side: PrincipalSide): readonly Asked[] {
  const answer = answerToken(spec, side);
  const [asked] = requestsOf(spec);
  return answer && asked ? [{ principal: asked.principal, action: 'ecr:GetAuthorizationToken', answer }] : [];
}

function identityParts(needed: readonly Asked[], side: PrincipalSide): readonly VerifiedPart[] {
  if (side.kind === 'none') return [{ part: 'identity-policy', result: 'NOT_NEEDED', detail: side.detail }];
  const isBounded = side.kind === 'seen' && side.boundary !== undefined;
  return [partOf('identity', needed, side), ...(isBounded ? [partOf('boundary', needed, side)] : [])];
}

function tokenPart(token: readonly Asked[], side: PrincipalSide): VerifiedPart {
  const part = 'authorization-token';
  const [asked] = token;
  if (asked === undefined) return { part, result: 'NOT_NEEDED', detail: 'Lambda signs in by itself.' };
  const result = asked.answer.verdict;
  const said = [partOf('identity', token, side), partOf('boundary', token, side)].find((one) => one.result === result);
  return { part, result, detail: said?.detail ?? '' };
}

/**
 * "Amazon ECR adds an AWS KMS grant to the KMS key with the Amazon ECR repository as the grantee principal", and by it
 * sends the `Decrypt` requests when images are pulled: whoever pulls needs no right to the key
 * (https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html).
 */
function keyPart(kmsKeyArn: string | undefined): VerifiedPart {
  const detail =
    kmsKeyArn === undefined
      ? 'No key of KMS is known to encrypt it.'
      : `It is encrypted with ${kmsKeyArn}. ECR uses the key by a grant of its own, so that whoever pulls or pushes needs ` +
        'no right to it; whether that grant and the key still stand cannot be seen here.';
  return { part: 'key-policy', result: 'NOT_NEEDED', detail };
}

function verdictOf(verdicts: readonly AccessVerdict['verdict'][]): AccessVerdict['verdict'] {
  if (verdicts.includes('DENIED')) return 'DENIED';
  return verdicts.includes('UNKNOWN') ? 'UNKNOWN' : 'ALLOWED';
}
