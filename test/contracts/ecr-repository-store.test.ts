import { useDynalite } from '../support/fleet-table.ts';
import { ecrRepositoryStoreContract } from './ecr-repository-store.contract.ts';

const dynamo = useDynalite();

ecrRepositoryStoreContract('dynalite', dynamo.table);
