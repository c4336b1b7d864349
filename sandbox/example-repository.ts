/** What a customer's repository holds before a cluster is bootstrapped: the layout that customers' repositories have. */
export function repositoryFiles(clusters: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries([shared, ...clusters.map(ofCluster)].flatMap((files) => Object.entries(files)));
}

/** `flux/apps/base/greeting.yaml` with another text. */
export function greeting(text: string): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: greeting
  namespace: apps
data:
  text: ${text}
`;
}

export const greetingFile = 'flux/apps/base/greeting.yaml';

const onlyBase = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../base
`;

/** Some end as no editor of ours would end them: what is not ours stays byte for byte. */
const shared: Readonly<Record<string, string>> = {
  'README.md': '# Infrastructure\n',
  'docs/README.md': '# How things are done here\n\nLines that end in spaces stay:   \n',
  'flux/apps/base/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - namespace.yaml
  - greeting.yaml
`,
  'flux/apps/base/namespace.yaml': `apiVersion: v1
kind: Namespace
metadata:
  name: apps
`,
  [greetingFile]: greeting('Hello from the repository'),
  'flux/apps/production/kustomization.yaml': onlyBase,
  'flux/apps/staging/kustomization.yaml': onlyBase,
  'terraform/live/README.md': '# Live stacks\r\n',
  'terraform/modules/README.md': '# Modules',
};

/** Its `apps.yaml` brings the ConfigMap `apps/greeting` to the cluster. */
function ofCluster(cluster: string): Readonly<Record<string, string>> {
  const environment = cluster === 'staging' ? 'staging' : 'production';
  return {
    [`k8s-clusters/${cluster}.yaml`]: `name: ${cluster}\nenvironment: ${environment}\n`,
    [`flux/clusters/${cluster}/apps.yaml`]: `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  interval: 1m0s
  path: ./flux/apps/${environment}
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
`,
  };
}
