import { readFile } from 'node:fs/promises';
import { ulid } from 'ulid';
import type { Config } from '../config.ts';
import type { ApiDependencies } from '../http/route-context.ts';
import type { Log } from '../log.ts';
import { onFirstUse } from './on-first-use.ts';
import type { TablePorts } from './table.ts';

/** What the routes of the `api` function need. It must not import what the workers need: its cold start counts. */
export function apiDependencies(config: Config, ports: TablePorts, log: Log): ApiDependencies {
  return {
    ...ports,
    gitHostNames: config.gitHosts.map(({ name }) => name),
    roleName: config.roleName,
    trustedPrincipalArn: config.trustedPrincipalArn,
    openApiDocument: onFirstUse(() => readFile(config.openApiFile, 'utf8')),
    now: () => new Date(),
    randomId: ulid,
    onStartFailed: (operationId, error) =>
      log.warn('operation not started, left to the sweeper', { operationId, error }),
  };
}
