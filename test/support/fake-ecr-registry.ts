import type { EcrRegistryAccess } from '../../src/ports/ecr-registry.ts';

/** Repositories of one registry that everybody is let into: the text of each one's policy. */
export interface FakeEcrRegistry extends EcrRegistryAccess {
  readonly policies: Map<string, string | undefined>;
}

export function fakeEcrRegistry(): FakeEcrRegistry {
  const policies = new Map<string, string | undefined>();
  const written = (repository: string, text: string | undefined) => {
    if (!policies.has(repository)) return { kind: 'repository-missing' } as const;
    policies.set(repository, text);
    return { kind: 'written' } as const;
  };
  return {
    policies,
    async listRepositories({ accountId, region }) {
      const arn = `arn:aws:ecr:${region}:${accountId}:repository/`;
      const repositories = [...policies.keys()].map((name) => ({ name, arn: `${arn}${name}` }));
      return { kind: 'listed', repositories };
    },
    readPolicy: async (_, repository) =>
      policies.has(repository) ? { kind: 'read', text: policies.get(repository) } : { kind: 'repository-missing' },
    writePolicy: async (_, { repository, text }) => written(repository, text),
    deletePolicy: async (_, repository) => written(repository, undefined),
  };
}
