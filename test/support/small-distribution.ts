/** A distribution in the form of Flux's own, with as little in each file as the renderer looks at. */
import { extraFluxComponents, fluxComponents } from '../../src/flux-bootstrap/flux-options.ts';
import type { Distribution } from '../../src/ports/distributions.ts';

export const smallVersion = '2.9.2';

/** File name → content. */
export function smallDistributionFiles(): Map<string, string> {
  const components = [...fluxComponents, ...extraFluxComponents].map(
    (name) => [`${name}.yaml`, componentYaml(name)] as const,
  );
  return new Map([...components, ['rbac.yaml', rbacYaml], ['policies.yaml', policiesYaml]]);
}

export function smallDistribution(): Distribution {
  return { version: smallVersion, digest: 'sha256:small', files: smallDistributionFiles() };
}

const firstArguments: Readonly<Record<string, readonly string[]>> = { 'notification-controller': [] };
const lastArguments: Readonly<Record<string, readonly string[]>> = {
  'source-controller': ['--storage-path=/data', '--storage-adv-addr=source-controller.old.'],
  'source-watcher': ['--storage-path=/data', '--storage-adv-addr=source-watcher.old.'],
};

function componentYaml(name: string): string {
  const args = [
    ...(firstArguments[name] ?? ['--events-addr=http://old./']),
    '--watch-all-namespaces',
    '--log-level=info',
    '--log-encoding=json',
    '--enable-leader-election',
    ...(lastArguments[name] ?? []),
  ];
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  labels:
    app.kubernetes.io/component: ${name}
  name: things.${name}.toolkit.fluxcd.io
spec:
  description: |-
    Kept as it is: "quoted", # and the rest,
      indentation included.
  scope: Namespaced
---
apiVersion: v1
kind: ServiceAccount
metadata:
  labels:
    app.kubernetes.io/component: ${name}
  name: ${name}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    app.kubernetes.io/component: ${name}
  name: ${name}
spec:
  replicas: 1
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
      - args:
${args.map((argument) => `        - ${argument}\n`).join('')}        image: fluxcd/${name}:v1.2.3
        name: manager
        resources:
          limits:
            cpu: 1000m
            memory: 1Gi
          requests:
            cpu: 100m
            memory: 64Mi
      serviceAccountName: ${name}
`;
}

const rbacYaml = `apiVersion: v1
kind: ResourceQuota
metadata:
  name: critical-pods
spec:
  hard:
    pods: "1000"
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: crd-controller
rules:
- apiGroups:
  - ""
  resources:
  - '*'
  verbs:
  - get
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: crd-controller
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: crd-controller
subjects:
- kind: ServiceAccount
  name: source-controller
  namespace: flux-system
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: cluster-reconciler
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: cluster-admin
subjects:
- kind: ServiceAccount
  name: kustomize-controller
  namespace: flux-system
`;

const policiesYaml = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: allow-egress
spec:
  egress:
  - {}
  podSelector: {}
`;
