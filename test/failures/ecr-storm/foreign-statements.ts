import { isOurs } from '../../../src/ecr-access/grant-statements.ts';
import { readPolicyDocument } from '../../../src/ecr-access/policy-document.ts';
import type { PolicyStatement } from '../../../src/ecr-access/policy-document.ts';

export function statementsOf(text: string | undefined): readonly PolicyStatement[] {
  if (text === undefined) return [];
  const read = readPolicyDocument(text);
  if (read.kind === 'unreadable') throw new Error(read.detail);
  return read.document.statements;
}

/** Statements that are not ours, whole and in their order. */
export function foreignPart(text: string | undefined): readonly string[] {
  return statementsOf(text)
    .filter((statement) => !isOurs(statement))
    .map((statement) => JSON.stringify(statement));
}
