/** AWS in memory, as far as src/ports/eks-access.ts asks for it. */
import { OutsideCallError } from '../../src/errors.ts';
import type { EksAccess, EksCluster, EksTarget } from '../../src/ports/eks-access.ts';
import type { FakeKubernetes } from './fake-kubernetes.ts';

export interface FakeEksCluster {
  cluster: EksCluster;
  readonly kubernetes: FakeKubernetes;
  /** Roles with an access entry. */
  readonly entries: Set<string>;
  /** Calls that an API server still refuses after an entry was made. */
  refusalsAfterEntry: number;
}

export interface FakeEksAccess extends EksAccess {
  addCluster(address: Pick<EksTarget, 'accountId' | 'region' | 'eksName'>, kubernetes: FakeKubernetes): FakeEksCluster;
  removeClusters(): void;
  /** What the roles' trust policies require; any ExternalId unless set. */
  externalId: string | undefined;
  /** Actions that the role may not call. */
  readonly forbidden: Set<string>;
}

export function fakeEksAccess(): FakeEksAccess {
  const clusters = new Map<string, FakeEksCluster>();
  const find = (target: Pick<EksTarget, 'accountId' | 'region' | 'eksName'>) =>
    clusters.get(`${target.accountId}/${target.region}/${target.eksName}`);
  const required = (target: EksTarget) => {
    const found = find(target);
    if (!found) throw new OutsideCallError({ system: 'eks', failure: 'rejected', attempted: 'find the cluster' });
    return found;
  };
  const fake: FakeEksAccess = {
    externalId: undefined,
    forbidden: new Set(),
    addCluster(address, kubernetes) {
      const { accountId, region, eksName } = address;
      const made = { cluster: activeCluster(address), kubernetes, entries: new Set<string>(), refusalsAfterEntry: 0 };
      clusters.set(`${accountId}/${region}/${eksName}`, made);
      return made;
    },
    removeClusters: () => clusters.clear(),
    async describeCluster(target) {
      if (fake.externalId !== undefined && fake.externalId !== target.externalId) {
        return { kind: 'role-not-assumable', detail: 'AccessDenied' };
      }
      if (fake.forbidden.has('eks:DescribeCluster')) return forbidden('eks:DescribeCluster');
      const found = find(target);
      return found ? { kind: 'described', cluster: found.cluster } : { kind: 'cluster-not-found' };
    },
    async findAccessEntry(target) {
      if (fake.forbidden.has('eks:DescribeAccessEntry')) return forbidden('eks:DescribeAccessEntry');
      return {
        kind: required(target).entries.has(target.roleArn) ? 'present' : 'absent',
        principalArn: target.roleArn,
      };
    },
    async ensureAccessEntry(target) {
      if (fake.forbidden.has('eks:CreateAccessEntry')) return forbidden('eks:CreateAccessEntry');
      const { entries } = required(target);
      if (entries.has(target.roleArn)) return { kind: 'present', principalArn: target.roleArn };
      entries.add(target.roleArn);
      return { kind: 'created', principalArn: target.roleArn };
    },
    connect(target) {
      const found = required(target);
      return found.kubernetes.connect({
        isKnown() {
          if (!found.entries.has(target.roleArn)) return false;
          found.refusalsAfterEntry -= 1;
          return found.refusalsAfterEntry < 0;
        },
      });
    },
  };
  return fake;
}

function forbidden(action: string) {
  return { kind: 'forbidden', action, detail: 'explicit deny' } as const;
}

function activeCluster({
  accountId,
  region,
  eksName,
}: Pick<EksTarget, 'accountId' | 'region' | 'eksName'>): EksCluster {
  return {
    arn: `arn:aws:eks:${region}:${accountId}:cluster/${eksName}`,
    status: 'ACTIVE',
    kubernetesVersion: '1.34',
    endpoint: 'https://ABCDEF.gr7.eu-west-1.eks.amazonaws.com',
    certificateAuthority: 'LS0t',
    createdAt: '2026-01-02T03:04:05.000Z',
    hasPublicEndpoint: true,
    authenticationMode: 'API',
  };
}
