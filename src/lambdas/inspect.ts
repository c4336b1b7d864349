import { readConfig } from '../config.ts';
import { inspectRoutes } from '../http/inspect-routes.ts';
import { createLog } from '../log.ts';
import { createIamPort } from '../wiring/iam-policies.ts';
import { createOutsidePorts } from '../wiring/outside.ts';
import { createTablePorts } from '../wiring/table.ts';
import { inspectDependencies } from '../wiring/worker.ts';
import { createGatewayHandler } from './gateway.ts';

const log = createLog();
const config = readConfig();
const table = createTablePorts(config);
const ports = { ...table, ...createOutsidePorts(config, table), iam: createIamPort() };

/** Handler of the function that looks into customers' accounts, clusters and repositories while the caller waits. */
export const handler = createGatewayHandler(inspectRoutes(inspectDependencies(config, ports, log)), log);
