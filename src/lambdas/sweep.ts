import { readConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { sweepOperations } from '../operations/sweep-operations.ts';
import { apiDependencies, createPorts } from '../wiring.ts';

const log = createLog();
const config = readConfig();
const deps = apiDependencies(config, createPorts(config), log);

/** Handler of the function that a schedule runs every minute. */
export async function handler(): Promise<void> {
  const report = await sweepOperations(deps);
  if (report.started.length > 0 || report.failed.length > 0) log.warn('sweeper found work', { ...report });
}
