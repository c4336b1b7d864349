import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { ulid } from 'ulid';
import { fetch as undiciFetch } from 'undici';
import { createDirectoryDistributions } from './adapters/distribution-directory.ts';
import { createReleaseDistributions } from './adapters/distribution-releases.ts';
import { createDynamoOperations } from './adapters/dynamodb-operations.ts';
import { createDynamoRegistry } from './adapters/dynamodb-registry.ts';
import { createEksAccess } from './adapters/eks-access.ts';
import { createFleetTable } from './adapters/fleet-table.ts';
import { createGiteaGitHost } from './adapters/gitea-git-host.ts';
import { createLambdaWorkflowEngine } from './adapters/lambda-workflow-engine.ts';
import { generateKeyPair } from './adapters/ssh-key-pairs.ts';
import type { Config, GitHostConfig } from './config.ts';
import type { BootstrapDependencies } from './flux-bootstrap/bootstrap-job.ts';
import type { ApiDependencies } from './http/route-context.ts';
import type { Log } from './log.ts';
import type { Distributions } from './ports/distributions.ts';
import type { EksAccess } from './ports/eks-access.ts';
import type { GitHost } from './ports/git-host.ts';
import type { OperationStore } from './ports/operation-store.ts';
import type { Registry } from './ports/registry.ts';
import type { WorkflowEngine } from './ports/workflow-engine.ts';

/** Everything outside the process, each behind its port. */
export interface Ports {
  readonly registry: Registry;
  readonly operations: OperationStore;
  readonly engine: WorkflowEngine;
  readonly eks: EksAccess;
  readonly gitHosts: ReadonlyMap<string, GitHost>;
  readonly distributions: Distributions;
}

/** The real adapters, as the settings want them. */
export function createPorts(config: Config): Ports {
  const table = createFleetTable({
    tableName: config.tableName,
    client: { maxAttempts: 4, requestHandler: requestLimits },
  });
  const lambda = new LambdaClient({ maxAttempts: 3, requestHandler: requestLimits });
  return {
    registry: createDynamoRegistry(table),
    operations: createDynamoOperations(table),
    engine: createLambdaWorkflowEngine({
      client: lambda,
      functionArns: { 'bootstrap-cluster': config.bootstrapFunctionArn },
    }),
    eks: createEksAccess({ allowedEndpointHosts: config.apiServerHosts }),
    gitHosts: new Map(config.gitHosts.map((host) => [host.name, createGitHost(host)])),
    distributions: createDistributions(config),
  };
}

/** In milliseconds; what hangs is given up long before the caller is. */
export const requestLimits = { connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true } as const;

function createGitHost(host: GitHostConfig): GitHost {
  return createGiteaGitHost({
    apiUrl: host.apiUrl,
    sshUrlBase: host.sshUrl,
    knownHosts: host.knownHosts,
    // Read each time: a token that was rotated counts at once.
    token: async () => (await readFile(host.tokenFile, 'utf8')).trim(),
  });
}

function createDistributions({ distributions }: Config): Distributions {
  if (distributions.kind === 'directory') return createDirectoryDistributions(distributions.directory);
  return createReleaseDistributions({ cacheDirectory: distributions.cacheDirectory, fetch: undiciFetch });
}

/** What the API's routes need. */
export function apiDependencies(config: Config, ports: Ports, log: Log): ApiDependencies {
  return {
    ...ports,
    gitHostNames: [...ports.gitHosts.keys()],
    roleName: config.roleName,
    trustedPrincipalArn: config.trustedPrincipalArn,
    now: () => new Date(),
    randomId: ulid,
    onStartFailed: (operationId, error) =>
      log.warn('operation not started, left to the sweeper', { operationId, error }),
  };
}

/** What the steps of a bootstrap need. */
export function bootstrapDependencies(config: Config, ports: Ports, log: Log): BootstrapDependencies {
  return {
    ...ports,
    keyPairs: { generate: generateKeyPair },
    reachesPrivateEndpoints: config.reachesPrivateEndpoints,
    now: () => new Date(),
    pause: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
    onUnexpected: (operationId, error) => log.error('step failed unexpectedly', { operationId, error }),
    onEnded: ({ id, kind, customer, cluster }, ending) => {
      const fields = { operationId: id, operation: kind, customer, cluster, ending };
      if (ending.kind === 'failed') log.warn('operation failed', fields);
      else log.info('operation ended', fields);
    },
  };
}
