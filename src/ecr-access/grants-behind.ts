import { accountOrArn } from './canonical-policy.ts';
import type { EcrGrantRecord } from './ecr-grant.ts';
import { grantStatements, isOurs } from './grant-statements.ts';
import { namedPrincipals } from './match-principal.ts';
import type { NamedPrincipal } from './match-principal.ts';
import { isObject, listOf } from './policy-document.ts';
import type { PolicyStatement } from './policy-document.ts';

/** Ids of the grants for which a statement of ours names the principal, whether they still give a right or not. */
export function grantsBehind(
  { statement, principal }: { readonly statement: PolicyStatement; readonly principal: NamedPrincipal },
  grants: readonly Pick<EcrGrantRecord, 'id' | 'spec'>[],
  partition: string,
): readonly string[] {
  if (!isOurs(statement)) return [];
  const conditions = new Set(conditionValues(statement));
  const isFor = (one: PolicyStatement) =>
    namedPrincipals(one.Principal).some((named) => isSame(named, principal)) &&
    conditionValues(one).every((value) => conditions.has(value));
  return grants
    .filter(({ spec }) => grantStatements([spec], partition).some(isFor))
    .map(({ id }) => id)
    .toSorted();
}

function isSame(one: NamedPrincipal, other: NamedPrincipal): boolean {
  return one.type === other.type && accountOrArn(one.value) === accountOrArn(other.value);
}

/** An organization's id, a pattern of functions: who it is whom `*` or a service stands for. */
function conditionValues({ Condition: condition }: PolicyStatement): readonly string[] {
  if (!isObject(condition)) return [];
  return Object.values(condition).flatMap((keys) =>
    isObject(keys) ? Object.values(keys).flatMap((values) => listOf(values).map(String)) : [],
  );
}
