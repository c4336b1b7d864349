import { DurableExecutionApiClient } from '@aws/durable-execution-sdk-js';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { readConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { createEcrPort } from '../wiring/customer-accounts.ts';
import { requestLimits } from '../wiring/request-limits.ts';
import { createTablePorts } from '../wiring/table.ts';
import { ecrDependencies } from '../wiring/worker.ts';
import { createEcrHandler } from './write-ecr-policies-handler.ts';

const log = createLog();
const config = readConfig();
const client = new DurableExecutionApiClient(new LambdaClient({ requestHandler: requestLimits }));
const ports = { ...createTablePorts(config), ecr: createEcrPort() };

/** Handler of the durable function that writes the policies of ECR repositories. */
export const handler = createEcrHandler(ecrDependencies(ports, log), client);
