import { readConfig } from '../config.ts';
import { isQuietWatch, watchRegistries } from '../ecr-access/watch-registries.service.ts';
import { createLog } from '../log.ts';
import { apiDependencies } from '../wiring/api.ts';
import { createEcrPort } from '../wiring/customer-accounts.ts';
import { createTablePorts } from '../wiring/table.ts';

const log = createLog();
const config = readConfig();
const deps = { ...apiDependencies(config, createTablePorts(config), log), ecr: createEcrPort() };

/** A registry is looked at once in so many minutes. */
const everyMinutes = 5;
/** The next one comes after a minute. */
const limitMs = 50_000;

/** Handler of the function that a schedule runs every minute. */
export async function handler(): Promise<void> {
  const report = await watchRegistries(deps, { everyMinutes, signal: AbortSignal.timeout(limitMs) });
  if (!isQuietWatch(report)) log.warn('registries were not as granted', { ...report });
}
