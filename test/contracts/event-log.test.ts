import { useDynalite } from '../support/fleet-table.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { eventLogContract } from './event-log.contract.ts';

const dynamo = useDynalite();

eventLogContract('dynalite', dynamo.table);
eventLogContract('memory', async () => createMemoryTable());
