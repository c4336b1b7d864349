import type { PolicySide, StatementPlace } from './judge-statement.ts';
import { principalName } from './verify-access.ts';
import type { AnsweredRequest, PrincipalSide } from './verify-access.ts';

export const verifiedParts = [
  'repository',
  'repository-policy',
  'identity-policy',
  'permissions-boundary',
  'authorization-token',
  'key-policy',
] as const;

/** One of the things that all have to allow it. */
export interface VerifiedPart {
  readonly part: (typeof verifiedParts)[number];
  readonly result: 'ALLOWED' | 'DENIED' | 'UNKNOWN' | 'NOT_NEEDED';
  /** For people. */
  readonly detail: string;
}

const partOfSide = {
  repository: 'repository-policy',
  identity: 'identity-policy',
  boundary: 'permissions-boundary',
} as const satisfies Record<PolicySide, VerifiedPart['part']>;

/** What one side says to the requests, of which each has to be allowed. */
export function partOf(
  policySide: PolicySide,
  asked: readonly Pick<AnsweredRequest, 'principal' | 'action' | 'answer'>[],
  side: PrincipalSide,
): VerifiedPart {
  const results = asked.map((one) => ({ ...one, result: resultOf(policySide, one.answer) }));
  const of = (result: VerifiedPart['result']) => results.filter((one) => one.result === result);
  const result = (['DENIED', 'UNKNOWN', 'ALLOWED'] as const).find((one) => of(one).length > 0) ?? 'NOT_NEEDED';
  return { part: partOfSide[policySide], result, detail: wordsOf({ policySide, result, asked: of(result), side }) };
}

function resultOf(side: PolicySide, { sides, missing, verdict }: AnsweredRequest['answer']): VerifiedPart['result'] {
  const { allow, deny } = sides[side];
  if (deny === 'yes') return 'DENIED';
  // In the repository's own account one side is enough.
  if (allow === 'no') return missing.includes(partOfSide[side]) ? 'DENIED' : 'NOT_NEEDED';
  if (allow === 'yes' && deny === 'no') return 'ALLOWED';
  return verdict === 'ALLOWED' ? 'NOT_NEEDED' : 'UNKNOWN';
}

interface Said {
  readonly policySide: PolicySide;
  readonly result: VerifiedPart['result'];
  /** The requests of which it is said. */
  readonly asked: readonly Pick<AnsweredRequest, 'principal' | 'action' | 'answer'>[];
  readonly side: PrincipalSide;
}

function wordsOf(said: Said): string {
  switch (said.result) {
    case 'DENIED':
      return isDenied(said) ? `${statementsOf(said)} denies ${actionsOf(said)}.` : lackWords(said);
    case 'UNKNOWN':
      return unknownWords(said);
    case 'ALLOWED':
      return `${statementsOf(said)} allows it.`;
    case 'NOT_NEEDED':
      return 'Not needed: the other side is enough in the account of the repository itself.';
  }
}

function isDenied({ policySide, asked }: Said): boolean {
  return asked.some(({ answer }) => answer.sides[policySide].deny === 'yes');
}

function lackWords(said: Said): string {
  const { policySide, side, asked } = said;
  if (policySide === 'repository') {
    const names = [...new Set(asked.map(({ principal }) => principalName(principal)))].join(' and ');
    return `No statement of the repository's policy allows ${actionsOf(said)} to ${names}.`;
  }
  if (side.kind === 'gone') return side.detail;
  if (policySide === 'identity') return `No policy of the role allows ${actionsOf(said)}.`;
  const name = side.kind === 'seen' ? side.boundary?.name : undefined;
  return `The permissions boundary ${name ?? ''} does not allow ${actionsOf(said)}.`;
}

function unknownWords(said: Said): string {
  const { policySide, side, asked } = said;
  if (policySide !== 'repository' && side.kind !== 'seen') return side.kind === 'unseen' ? side.detail : '';
  const unjudged = asked
    .flatMap(({ answer }) => answer.unjudged)
    .filter(({ statement }) => statement?.policy === policySide);
  const [first] = unjudged;
  if (first?.statement === undefined) return 'It could not be read.';
  const names = new Set(unjudged.flatMap(({ statement }) => (statement ? [statementName(statement, side)] : [])));
  return `${[...names].join(', ')}: whether it applies depends on what is not known here (${first.what}).`;
}

function actionsOf({ asked }: Said): string {
  return [...new Set(asked.map(({ action }) => action))].join(', ');
}

/** Those of this side that decided it. */
function statementsOf({ policySide, asked, side }: Said): string {
  const places = asked.flatMap(({ answer }) => answer.decidedBy).filter(({ policy }) => policy === policySide);
  const names = [...new Set(places.map((place) => statementName(place, side)))];
  return names.length > mostNamed ? `${names.slice(0, mostNamed).join(', ')} or another` : names.join(', ');
}

const mostNamed = 5;

function statementName({ policy, policyIndex, index, sid, isOurs }: StatementPlace, side: PrincipalSide): string {
  const name = sid === undefined || sid === '' ? `Statement ${index + 1}` : `Statement ${sid}`;
  if (policy === 'repository') return isOurs ? name : `${name}, which is not ours,`;
  if (side.kind !== 'seen') return name;
  const document = policy === 'boundary' ? side.boundary : side.policies[policyIndex ?? 0];
  return `${name} of ${document?.name ?? 'a policy'}`;
}
