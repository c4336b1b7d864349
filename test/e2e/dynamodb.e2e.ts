/** The contracts of all that is kept in the table against the rig's DynamoDB Local. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { ecrRepositoryStoreContract } from '../contracts/ecr-repository-store.contract.ts';
import { eventLogContract } from '../contracts/event-log.contract.ts';
import { operationStoreContract } from '../contracts/operation-store.contract.ts';
import { registryContract } from '../contracts/registry.contract.ts';
import { requestBudgetContract } from '../contracts/request-budget.contract.ts';
import { createTestTable } from '../support/fleet-table.ts';

const rigSchema = z.object({ dynamodbUrl: z.string() });

async function makeTable() {
  const file = process.env['RIG_ENV'] ?? '.rig/env.json';
  const rig = rigSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  return createTestTable(rig.dynamodbUrl);
}

registryContract('DynamoDB Local', makeTable);
operationStoreContract('DynamoDB Local', makeTable);
eventLogContract('DynamoDB Local', makeTable);
requestBudgetContract('DynamoDB Local', makeTable);
ecrRepositoryStoreContract('DynamoDB Local', makeTable);
