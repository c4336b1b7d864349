import { useDynalite } from '../support/fleet-table.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { registryContract } from './registry.contract.ts';

const dynamo = useDynalite();

registryContract('dynalite', dynamo.table);
registryContract('memory', async () => createMemoryTable());
