import { isOurs, rightActions } from './grant-statements.ts';
import { namedPrincipals } from './match-principal.ts';
import type { NamedPrincipal } from './match-principal.ts';
import { matchAction } from './match-statement.ts';
import type { PolicyDocument, PolicyStatement } from './policy-document.ts';

/** What one statement says about one principal. */
export interface AccessEntry {
  readonly principal: NamedPrincipal;
  /** The statement is about everybody but its principals (`NotPrincipal`). */
  readonly isExcepted: boolean;
  readonly effect: 'Allow' | 'Deny';
  /** `partial`: of pulling and pushing, less than a whole pull; another statement may give the rest. */
  readonly access: 'pull' | 'push' | 'partial';
  /** Of those for pulling and pushing, the ones that it is about. */
  readonly actions: readonly string[];
  readonly statement: { readonly index: number; readonly sid?: string | undefined; readonly isOurs: boolean };
  /** As the policy says it. */
  readonly conditions?: unknown;
}

/** Lambda, for one, pulls with no more. */
export const neededToPull = rightActions.lambda;
export const neededToPush = [
  ...neededToPull,
  // https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
  'ecr:BatchCheckLayerAvailability',
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:PutImage',
];

/**
 * Who may pull or push by the repository's policy, statement by statement, denials included. Identities of the
 * repository's own account do not need it.
 */
export function whoHasAccess({ statements }: PolicyDocument): readonly AccessEntry[] {
  return statements.flatMap(entriesOf);
}

function entriesOf(statement: PolicyStatement, index: number): readonly AccessEntry[] {
  const { Sid: sid, Effect: effect, Condition: conditions } = statement;
  const actions = rightActions.push.filter((action) => matchAction(statement, action) === 'yes');
  if (actions.length === 0) return [];
  const isExcepted = statement.Principal === undefined;
  return namedPrincipals(isExcepted ? statement.NotPrincipal : statement.Principal).map((principal) => ({
    principal,
    isExcepted,
    effect: effect === 'Allow' ? 'Allow' : 'Deny',
    access: accessBy(actions),
    actions,
    statement: { index, ...(typeof sid === 'string' && { sid }), isOurs: isOurs(statement) },
    ...(conditions !== undefined && { conditions }),
  }));
}

function accessBy(actions: readonly string[]): AccessEntry['access'] {
  if (neededToPush.every((action) => actions.includes(action))) return 'push';
  return neededToPull.every((action) => actions.includes(action)) ? 'pull' : 'partial';
}
