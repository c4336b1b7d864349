import { unknown } from './check.ts';
import type { Check } from './check.ts';

/** Every check of a bootstrap, in the order in which it is shown, and the one that comes before it can be made. */
const checks = [
  { name: 'role' },
  { name: 'cluster', after: 'role' },
  { name: 'endpoint', after: 'cluster' },
  { name: 'repository' },
  { name: 'branch', after: 'repository' },
  { name: 'push', after: 'branch' },
  { name: 'branch-rules', after: 'push' },
  { name: 'deploy-keys', after: 'branch' },
  { name: 'host-keys', after: 'repository' },
  { name: 'distribution' },
  { name: 'removals', after: 'distribution', and: 'branch' },
  { name: 'kustomization', after: 'removals' },
  { name: 'access-entry', after: 'cluster' },
  { name: 'api-server', after: 'access-entry', and: 'endpoint' },
  { name: 'kubernetes-version', after: 'api-server' },
  { name: 'cluster-admin', after: 'api-server' },
  { name: 'incarnation', after: 'cluster-admin' },
  { name: 'namespace', after: 'incarnation' },
  { name: 'flux-owner', after: 'incarnation' },
  { name: 'flux-path', after: 'incarnation' },
  { name: 'flux-source', after: 'incarnation' },
  { name: 'flux-suspended', after: 'incarnation' },
  { name: 'secret', after: 'incarnation' },
] as const satisfies readonly { readonly name: string; readonly after?: string; readonly and?: string }[];

export type CheckName = (typeof checks)[number]['name'];

/** All checks in their order: those that were not made are unknown, and say which other one is the reason. */
export function wholeList(made: readonly Check[]): readonly Check[] {
  const whole = new Map<string, Check>();
  const roots = new Map<string, string>();
  for (const check of checks) {
    const { name, after, and } = { after: undefined, and: undefined, ...check };
    const own = made.find((candidate) => candidate.name === name);
    const inTheWay = [after, and].find((before) => before !== undefined && whole.get(before)?.result !== 'PASS');
    const root = own || inTheWay === undefined ? name : (roots.get(inTheWay) ?? inTheWay);
    roots.set(name, root);
    whole.set(name, own ?? unknown(name, root === name ? 'it was not asked' : `see ${root}, which comes first`));
  }
  return [...whole.values()];
}

/** True when the check was made and stands in nobody's way. */
export function isWell(made: readonly Check[], name: CheckName): boolean {
  const result = made.find((check) => check.name === name)?.result;
  return result === 'PASS' || result === 'WARN';
}
