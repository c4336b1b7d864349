import { useDynalite } from '../support/fleet-table.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { ecrRepositoryStoreContract } from './ecr-repository-store.contract.ts';

const dynamo = useDynalite();

ecrRepositoryStoreContract('dynalite', dynamo.table);
ecrRepositoryStoreContract('memory', async () => createMemoryTable());
