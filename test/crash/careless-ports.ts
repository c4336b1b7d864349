/** Ports of the product with a part of them written by somebody careless. */
import type { BootstrapDependencies } from '../../src/flux-bootstrap/bootstrap-job.ts';
import type { EcrRegistryAccess } from '../../src/ports/ecr-registry.ts';
import type { EcrRepositoryStore } from '../../src/ports/ecr-repositories.ts';
import type { GitHost } from '../../src/ports/git-host.ts';
import type { KubernetesCluster, KubernetesObject } from '../../src/ports/kubernetes-cluster.ts';
import type { Carelessness } from './product-life.ts';

export type Deps = Parameters<Carelessness>[0];

export function withGit(deps: Deps, change: (git: GitHost) => Partial<GitHost>): Deps {
  const gitHosts = new Map([...deps.gitHosts].map(([name, git]) => [name, { ...plainly(git), ...change(git) }]));
  return { ...deps, gitHosts };
}

/** Ports may be objects of any make: what is spread has to be theirs. */
function plainly(git: GitHost): GitHost {
  return {
    knownHosts: git.knownHosts,
    sharesDeployKeys: git.sharesDeployKeys,
    sshUrl: (repository) => git.sshUrl(repository),
    inspectRepository: (...of) => git.inspectRepository(...of),
    listFolder: (...of) => git.listFolder(...of),
    readBlob: (...of) => git.readBlob(...of),
    commitFiles: (...of) => git.commitFiles(...of),
    lastCommit: (...of) => git.lastCommit(...of),
    listDeployKeys: (...of) => git.listDeployKeys(...of),
    addDeployKey: (...of) => git.addDeployKey(...of),
    removeDeployKey: (...of) => git.removeDeployKey(...of),
    endJob: (...of) => git.endJob(...of),
  };
}

type Target = Parameters<BootstrapDependencies['eks']['connect']>[0];

export function withKubernetes(
  deps: Deps,
  change: (cluster: KubernetesCluster, target: Target) => Partial<KubernetesCluster>,
): Deps {
  const connect: Deps['eks']['connect'] = (target, cluster) => {
    const connected = deps.eks.connect(target, cluster);
    const changed: Partial<KubernetesCluster> = change(connected, target);
    return new Proxy(connected, {
      get: (own, key: keyof KubernetesCluster) => changed[key] ?? own[key],
    });
  };
  return { ...deps, eks: { ...deps.eks, connect } };
}

export function withTargets({ eks, ...deps }: Deps, change: (target: Target) => Target): Deps {
  return {
    ...deps,
    eks: {
      describeCluster: (target, signal) => eks.describeCluster(change(target), signal),
      findAccessEntry: (target, signal) => eks.findAccessEntry(change(target), signal),
      ensureAccessEntry: (target, signal) => eks.ensureAccessEntry(change(target), signal),
      connect: (target, cluster) => eks.connect(change(target), cluster),
    },
  };
}

export function withRegistry(deps: Deps, change: (ecr: EcrRegistryAccess) => Partial<EcrRegistryAccess>): Deps {
  return { ...deps, ecr: { ...deps.ecr, ...change(deps.ecr) } };
}

type RegistryTarget = Parameters<EcrRegistryAccess['readPolicy']>[0];

export function withRegistryTargets(deps: Deps, change: (target: RegistryTarget) => RegistryTarget): Deps {
  return withRegistry(deps, (ecr) => ({
    listRepositories: (target, ...of) => ecr.listRepositories(change(target), ...of),
    readPolicy: (target, ...of) => ecr.readPolicy(change(target), ...of),
    writePolicy: (target, ...of) => ecr.writePolicy(change(target), ...of),
    deletePolicy: (target, ...of) => ecr.deletePolicy(change(target), ...of),
  }));
}

export function withRepositories(
  deps: Deps,
  change: (repositories: EcrRepositoryStore) => Partial<EcrRepositoryStore>,
): Deps {
  return { ...deps, repositories: { ...deps.repositories, ...change(deps.repositories) } };
}

/** Each step's evidence with something in it that does not belong there. */
export function withEvidence(deps: Deps, also: () => string): Deps {
  const { operations } = deps;
  const saveStep: typeof operations.saveStep = (id, name, step) =>
    operations.saveStep(id, name, { ...step, evidence: { ...step.evidence, also: also() } });
  return { ...deps, operations: { ...operations, saveStep } };
}

export function isSecret({ kind }: { readonly kind: string }): boolean {
  return kind === 'Secret';
}

export function publicKeyIn(secret: KubernetesObject): string {
  const { data } = secret as KubernetesObject & { data: Readonly<Record<string, string>> };
  return Buffer.from(data['identity.pub'] ?? '', 'base64')
    .toString()
    .trim();
}
