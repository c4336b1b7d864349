import { readConfig } from '../config.ts';
import { apiRoutes } from '../http/routes.ts';
import { createLog } from '../log.ts';
import { apiDependencies } from '../wiring/api.ts';
import { createTablePorts } from '../wiring/table.ts';
import { createGatewayHandler } from './gateway.ts';

const log = createLog();
const config = readConfig();

/** Handler of the function that serves the registry and begins operations. */
export const handler = createGatewayHandler(apiRoutes(apiDependencies(config, createTablePorts(config), log)), log);
