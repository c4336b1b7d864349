import { useDynalite } from '../support/fleet-table.ts';
import { operationStoreContract } from './operation-store.contract.ts';

const dynamo = useDynalite();

operationStoreContract('dynalite', dynamo.table);
