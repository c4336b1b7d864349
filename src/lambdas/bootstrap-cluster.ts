import { DurableExecutionApiClient } from '@aws/durable-execution-sdk-js';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { readConfig } from '../config.ts';
import { createBootstrapHandler } from './bootstrap-cluster-handler.ts';
import { createLog } from '../log.ts';
import { bootstrapDependencies, createPorts, requestLimits } from '../wiring.ts';

const log = createLog();
const config = readConfig();
const client = new DurableExecutionApiClient(new LambdaClient({ requestHandler: requestLimits }));

/** Handler of the durable function that bootstraps clusters. */
export const handler = createBootstrapHandler(bootstrapDependencies(config, createPorts(config), log), client);
