import { useDynalite } from '../support/fleet-table.ts';
import { requestBudgetContract } from './request-budget.contract.ts';

const dynamo = useDynalite();

requestBudgetContract('dynalite', dynamo.table);
