/**
 * The cluster's node, as a process of its own: `node node-process.ts SETTINGS.json`.
 *
 * Watches the Deployments in `flux-system`, runs the controllers they ask for, and reports their status. Its own port
 * answers `GET /readyz` once the watch stands, and `GET /controllers` with what runs.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import * as z from 'zod';
import { ControllerProcess } from './controller-process.ts';
import { type Deployment, deploymentSchema } from './controller-command.ts';
import type { DeploymentStatus } from './deployment-status.ts';
import { createNodeClient, type NodeClient } from './kubernetes-watch.ts';
import { finalizeNamespaces } from './namespace-controller.ts';
import { findPodFiles, type PodFiles } from './pod-files.ts';
import { takeFreePorts } from './process.ts';

const settingsSchema = z.object({
  port: z.number(),
  eventsPort: z.number(),
  kubeconfig: z.string(),
  binaryDirectory: z.string(),
  stateDirectory: z.string(),
  logDirectory: z.string(),
});
export type NodeSettings = z.infer<typeof settingsSchema>;

const deploymentsPath = '/apis/apps/v1/namespaces/flux-system/deployments';

async function main(settings: NodeSettings): Promise<void> {
  const client = await createNodeClient(settings.kubeconfig);
  const controllers = new Map<string, ControllerProcess>();
  const stopped = new AbortController();
  let isSynced = false;
  const podFiles = await findPodFiles();
  if (podFiles === undefined) console.error('no mount namespaces here: controllers run without leader election');
  const findController = createControllerFinder({ settings, client, controllers, podFiles });

  const server = createServer((asked, answer) => {
    if (asked.url === '/controllers') {
      answer.setHeader('content-type', 'application/json');
      const running = [...controllers].map(([name, its]) => [name, { pid: its.pid, isReady: its.isReady }]);
      answer.end(JSON.stringify(Object.fromEntries(running)));
    } else {
      answer.writeHead(isSynced ? 200 : 503).end();
    }
  }).listen(settings.port, '127.0.0.1');

  process.once('SIGTERM', () => {
    stopped.abort();
    server.close();
    void Promise.all([...controllers.values()].map((its) => its.set(undefined))).then(() => process.exit(0));
  });

  void finalizeNamespaces(client, stopped.signal);
  await client.watch({
    path: deploymentsPath,
    onObject(object) {
      const deployment = deploymentSchema.safeParse(object);
      if (!deployment.success) return console.error(`cannot read a Deployment: ${deployment.error.message}`);
      void findController(deployment.data.metadata.name).then((its) => its.set(deployment.data));
    },
    onDeleted: (name) => void findController(name).then((its) => its.set(undefined)),
    onSynced: () => {
      isSynced = true;
    },
    signal: stopped.signal,
  });
}

/** Each Deployment keeps its ports for as long as the node lives. */
function createControllerFinder(node: {
  readonly settings: NodeSettings;
  readonly client: NodeClient;
  readonly controllers: Map<string, ControllerProcess>;
  readonly podFiles: PodFiles | undefined;
}): (name: string) => Promise<ControllerProcess> {
  const { settings, client, controllers, podFiles } = node;
  const pending = new Map<string, Promise<ControllerProcess>>();
  const report = async (deployment: Deployment, status: DeploymentStatus): Promise<void> => {
    await client.call('PATCH', `${deploymentsPath}/${deployment.metadata.name}/status?fieldManager=rig-node`, {
      status,
    });
  };

  async function create(name: string): Promise<ControllerProcess> {
    const [health = 0, metrics = 0, storage = 0, receiver = 0] = await takeFreePorts(4);
    const place = {
      kubeconfig: settings.kubeconfig,
      binaryDirectory: settings.binaryDirectory,
      controllerDirectory: join(settings.stateDirectory, name),
      ports: { health, metrics, storage, receiver },
      eventsPort: settings.eventsPort,
      podFiles,
    };
    const controller = new ControllerProcess({ place, logFile: join(settings.logDirectory, `${name}.log`), report });
    controllers.set(name, controller);
    return controller;
  }

  return (name) => {
    const controller = pending.get(name) ?? create(name);
    pending.set(name, controller);
    return controller;
  };
}

const [settingsFile = ''] = process.argv.slice(2);
await main(settingsSchema.parse(JSON.parse(await readFile(settingsFile, 'utf8'))));
