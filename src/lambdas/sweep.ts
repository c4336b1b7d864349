import { readConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { isQuiet, sweepOperations } from '../operations/sweep-operations.ts';
import { apiDependencies } from '../wiring/api.ts';
import { createTablePorts } from '../wiring/table.ts';

const log = createLog();
const config = readConfig();
const deps = apiDependencies(config, createTablePorts(config), log);

/** Handler of the function that a schedule runs every minute. */
export async function handler(): Promise<void> {
  const report = await sweepOperations(deps);
  if (!isQuiet(report)) log.warn('sweeper found work', { ...report });
}
