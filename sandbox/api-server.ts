/**
 * The API and its engine in a process of their own. Settings: the `FLEET_…` and `AWS_…` variables of `src/config.ts`.
 *
 *   node sandbox/api-server.ts --port 8080 --engine-port 8081 --data DIR
 *
 * The API asks for no credential; its caller is always `arn:aws:iam::000000000000:user/local`. DIR keeps the engine's
 * executions (`DIR/executions`) and the crash points that a test arms (`DIR/crash-points/armed/<name>`). The table is
 * made if there is none. `GET <engine>/_stats/<operation id>` tells what the execution has used.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createLog } from '../src/log.ts';
import { createCrashPoints } from './engine/crash-points.ts';
import { startProduct } from './product.ts';

const { values } = parseArgs({
  options: { port: { type: 'string' }, 'engine-port': { type: 'string' }, data: { type: 'string' } },
});
const directory = values.data ?? '.data';
const log = createLog();
const product = await startProduct({
  env: process.env,
  directory,
  log,
  port: Number(values.port ?? 8080),
  enginePort: Number(values['engine-port'] ?? 8081),
  crashPoints: createCrashPoints(join(directory, 'crash-points')),
});
log.info('listening', { api: product.url, engine: product.engineUrl });
