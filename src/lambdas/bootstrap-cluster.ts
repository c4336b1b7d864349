import { DurableExecutionApiClient } from '@aws/durable-execution-sdk-js';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { readConfig } from '../config.ts';
import { createBootstrapHandler } from './bootstrap-cluster-handler.ts';
import { createLog } from '../log.ts';
import { createOutsidePorts } from '../wiring/outside.ts';
import { requestLimits } from '../wiring/request-limits.ts';
import { createTablePorts } from '../wiring/table.ts';
import { bootstrapDependencies } from '../wiring/worker.ts';

const log = createLog();
const config = readConfig();
const client = new DurableExecutionApiClient(new LambdaClient({ requestHandler: requestLimits }));
const table = createTablePorts(config);
const ports = { ...table, ...createOutsidePorts(config, table) };

/** Handler of the durable function that bootstraps clusters. */
export const handler = createBootstrapHandler(bootstrapDependencies(config, ports, log), client);
