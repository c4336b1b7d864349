import type { RepositoryPolicy, RepositoryStatement } from './repository-policy.ts';

/**
 * A policy as ECR gives it back: printed as Jackson does, spaces before colons and lists on one line with what they begin
 * with (CircleCI-Public/aws-ecr-orb#368), keys in IAM's order. Assumed: that every list of one comes back as the one.
 */
export function formatPolicy({ Version, Id, Statement }: RepositoryPolicy): string {
  return print({ Version, Id, Statement: Statement.map(formatStatement) }, 0);
}

function formatStatement(one: RepositoryStatement): object {
  const { Sid, Effect, Principal, NotPrincipal, Action, NotAction, Condition } = one;
  return {
    ...{ Sid, Effect, Principal: formatValues(Principal), NotPrincipal: formatValues(NotPrincipal) },
    ...{ Action: single(Action), NotAction: single(NotAction) },
    Condition: Condition && Object.fromEntries(Object.entries(Condition).map(([key, of]) => [key, formatValues(of)])),
  };
}

function formatValues(values: '*' | Readonly<Record<string, readonly unknown[] | undefined>> | undefined): unknown {
  if (typeof values !== 'object') return values;
  return Object.fromEntries(Object.entries(values).map(([key, list]) => [key, single(list)]));
}

function single(list: readonly unknown[] | undefined): unknown {
  return list?.length === 1 ? list[0] : list;
}

function print(value: unknown, depth: number): string {
  if (Array.isArray(value)) {
    return value.length === 0 ? '[ ]' : `[ ${value.map((one) => print(one, depth)).join(', ')} ]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const indent = '  '.repeat(depth + 1);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => `${indent}${JSON.stringify(name)} : ${print(field, depth + 1)}`);
  return `{\n${fields.join(',\n')}\n${'  '.repeat(depth)}}`;
}
