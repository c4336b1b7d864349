import { partitionOf } from '../accounts/account.ts';
import { accountOrArn } from './canonical-policy.ts';
import { grantStatements, isOurs } from './grant-statements.ts';
import type { GrantedRight } from './grant-statements.ts';
import { namedPrincipals } from './match-principal.ts';
import { readPolicyDocument } from './policy-document.ts';
import type { PolicyStatement } from './policy-document.ts';

/**
 * True if our statements in the policy name every principal of the grant by its ARN. A role that was deleted stands there
 * by its id (`AROA…`), so one that is named is one that ECR knows.
 */
export function arePrincipalsIn(text: string | undefined, grant: GrantedRight, region: string): boolean {
  const read = text === undefined ? undefined : readPolicyDocument(text);
  if (read?.kind !== 'read') return false;
  const named = new Set(read.document.statements.filter(isOurs).flatMap(principalsOf));
  return grantStatements([grant], partitionOf(region))
    .flatMap(principalsOf)
    .every((principal) => named.has(principal));
}

function principalsOf({ Principal: principal }: PolicyStatement): readonly string[] {
  return namedPrincipals(principal).map(({ value }) => accountOrArn(value));
}
