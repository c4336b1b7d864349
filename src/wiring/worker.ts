import { ulid } from 'ulid';
import { pause } from '../adapters/pause.ts';
import { generateKeyPair } from '../adapters/ssh-key-pairs.ts';
import type { Config } from '../config.ts';
import type { EcrDependencies } from '../ecr-access/ecr-job.ts';
import type { BootstrapDependencies } from '../flux-bootstrap/bootstrap-job.ts';
import type { InspectDependencies } from '../http/route-context.ts';
import type { Log } from '../log.ts';
import type { IamPolicies } from '../ports/iam-policies.ts';
import { subjectOf } from '../operations/operation.ts';
import type { OutsidePorts } from './outside.ts';
import type { TablePorts } from './table.ts';

type WorkerPorts = TablePorts & OutsidePorts;

/** What the steps of a bootstrap need. */
export function bootstrapDependencies(config: Config, ports: WorkerPorts, log: Log): BootstrapDependencies {
  return {
    ...ports,
    keyPairs: { generate: generateKeyPair },
    reachesPrivateEndpoints: config.reachesPrivateEndpoints,
    now: () => new Date(),
    pause,
    ...tellingOf(log),
  };
}

/** What the steps that write policies of ECR repositories need. */
export function ecrDependencies(ports: TablePorts & Pick<OutsidePorts, 'ecr'>, log: Log): EcrDependencies {
  return { ...ports, now: () => new Date(), randomId: ulid, pause, ...tellingOf(log) };
}

function tellingOf(log: Log): Pick<BootstrapDependencies, 'onUnexpected' | 'onEnded'> {
  return {
    onUnexpected: (operationId, error) => log.error('step failed unexpectedly', { operationId, error }),
    onEnded: (operation, ending) => {
      const { id, kind, customer } = operation;
      const fields = { operationId: id, operation: kind, customer, ...subjectOf(operation), ending };
      if (ending.kind === 'failed') log.warn('operation failed', fields);
      else log.info('operation ended', fields);
    },
  };
}

/** What the routes of the `inspect` function need. */
export function inspectDependencies(
  config: Config,
  ports: WorkerPorts & { readonly iam: IamPolicies },
  log: Log,
): InspectDependencies {
  const { roleName } = config;
  return { ...bootstrapDependencies(config, ports, log), ...ecrDependencies(ports, log), iam: ports.iam, roleName };
}
