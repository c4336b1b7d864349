import { useDynalite } from '../support/fleet-table.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { operationStoreContract } from './operation-store.contract.ts';

const dynamo = useDynalite();

operationStoreContract('dynalite', dynamo.table);
operationStoreContract('memory', async () => createMemoryTable());
