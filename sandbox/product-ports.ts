import type { Config } from '../src/config.ts';
import type { AwsClients } from '../src/wiring/aws-clients.ts';
import type { IamPolicies } from '../src/ports/iam-policies.ts';
import { createIamPort } from '../src/wiring/iam-policies.ts';
import { createOutsidePorts } from '../src/wiring/outside.ts';
import type { OutsidePorts } from '../src/wiring/outside.ts';
import { createTablePorts } from '../src/wiring/table.ts';
import type { TablePorts } from '../src/wiring/table.ts';
import { withCrashPoints } from './engine/crash-points.ts';
import type { CrashPoints } from './engine/crash-points.ts';

export type ProductPorts = TablePorts & OutsidePorts & { readonly iam: IamPolicies };

/** The real adapters. Every call over a port gets a point before and one after it: `<port>.<method>:before|after`. */
export function createProductPorts(config: Config, aws: AwsClients, points: CrashPoints): ProductPorts {
  const table = createTablePorts(config, aws);
  const ports = { ...table, ...createOutsidePorts(config, table, aws) };
  const eks = withCrashPoints('eks', ports.eks, points);
  return {
    registry: withCrashPoints('registry', ports.registry, points),
    operations: withCrashPoints('operations', ports.operations, points),
    events: withCrashPoints('events', ports.events, points),
    engine: withCrashPoints('workflow-engine', ports.engine, points),
    budget: withCrashPoints('request-budget', ports.budget, points),
    distributions: ports.distributions,
    gitHosts: new Map([...ports.gitHosts].map(([name, host]) => [name, withCrashPoints('git-host', host, points)])),
    ecr: withCrashPoints('ecr', ports.ecr, points),
    iam: withCrashPoints('iam', createIamPort(aws), points),
    repositories: withCrashPoints('ecr-repositories', ports.repositories, points),
    eks: {
      describeCluster: (target, signal) => eks.describeCluster(target, signal),
      findAccessEntry: (target, signal) => eks.findAccessEntry(target, signal),
      ensureAccessEntry: (target, signal) => eks.ensureAccessEntry(target, signal),
      connect: (target, cluster) => withCrashPoints('kubernetes', ports.eks.connect(target, cluster), points),
    },
  };
}
