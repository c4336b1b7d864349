import { useDynalite } from '../support/fleet-table.ts';
import { registryContract } from './registry.contract.ts';

const dynamo = useDynalite();

registryContract('dynalite', dynamo.table);
