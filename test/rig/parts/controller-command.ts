/** Which process a Deployment of Flux asks for, and with which arguments. Pure. */
import { basename, join } from 'node:path';
import * as z from 'zod';
import type { PodFiles } from './pod-files.ts';

const environmentVariable = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .object({
      fieldRef: z.object({ fieldPath: z.string() }).optional(),
      resourceFieldRef: z.object({ resource: z.string() }).optional(),
    })
    .optional(),
});

const container = z.object({
  image: z.string(),
  args: z.array(z.string()).default([]),
  env: z.array(environmentVariable).default([]),
  ports: z.array(z.object({ name: z.string().optional(), containerPort: z.number() })).default([]),
  resources: z.object({ limits: z.record(z.string(), z.string()).optional() }).optional(),
  readinessProbe: z
    .object({
      httpGet: z.object({ path: z.string().default('/'), port: z.union([z.string(), z.number()]) }).optional(),
    })
    .optional(),
});

/** As much of a Deployment as the node looks at. */
export const deploymentSchema = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    generation: z.number(),
    resourceVersion: z.string(),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({
    replicas: z.number().default(1),
    template: z.object({ spec: z.object({ containers: z.tuple([container], container) }) }),
  }),
  status: z.object({ observedGeneration: z.number().optional() }).optional(),
});
export type Deployment = z.infer<typeof deploymentSchema>;

/** Where a controller listens on 127.0.0.1 in place of its pod's own ports. */
export interface ControllerPorts {
  readonly health: number;
  readonly metrics: number;
  /** source-controller's artifacts. */
  readonly storage: number;
  /** notification-controller's receiver of webhooks. */
  readonly receiver: number;
}

export interface NodePlace {
  /** An administrator's. */
  readonly kubeconfig: string;
  readonly binaryDirectory: string;
  /** The controller's volumes lie below: `storage`, `tmp`, `home`. */
  readonly controllerDirectory: string;
  readonly ports: ControllerPorts;
  /** Where notification-controller takes events. */
  readonly eventsPort: number;
  /** Without them no leader can be elected, and that argument is left out. */
  readonly podFiles: PodFiles | undefined;
}

export interface ControllerCommand {
  readonly binary: string;
  /** Runs the binary; its first word is a command of the system. */
  readonly commandLine: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** All of these answer with 2xx or 3xx once the controller is ready. */
  readonly readinessUrls: readonly string[];
}

/** `ghcr.io/fluxcd/source-controller:v1.9.3` → `source-controller`: a node has a binary for each image. */
export function controllerName(deployment: Deployment): string {
  const { image } = deployment.spec.template.spec.containers[0];
  return basename(image).replace(/[:@].*$/, '');
}

/**
 * The Deployment's own command line, except for addresses, ports and the storage path: there is no pod network, so all
 * of that is on 127.0.0.1.
 */
export function controllerCommand(deployment: Deployment, place: NodePlace): ControllerCommand {
  const name = controllerName(deployment);
  const [manager] = deployment.spec.template.spec.containers;
  const env = containerEnvironment(deployment, place);
  const args = manager.args
    .map((argument) => argument.replaceAll(/\$\(([A-Za-z0-9_]+)\)/g, (reference, key: string) => env[key] ?? reference))
    .filter((argument) => !addressFlags.has(flagOf(argument)))
    .filter((argument) => place.podFiles !== undefined || flagOf(argument) !== '--enable-leader-election');
  const sendsEvents = manager.args.some((argument) => flagOf(argument) === '--events-addr');
  const binary = join(place.binaryDirectory, name);
  const command = [binary, ...args, ...localAddresses(name, sendsEvents, place)] as const;
  return {
    binary,
    commandLine: place.podFiles?.wrap(deployment.metadata.namespace, [...command]) ?? [...command],
    env: {
      ...env,
      KUBECONFIG: place.kubeconfig,
      HOME: join(place.controllerDirectory, 'home'),
      TMPDIR: join(place.controllerDirectory, 'tmp'),
    },
    readinessUrls: [`http://127.0.0.1:${place.ports.health}/readyz`, ...probeUrl(deployment, place.ports)],
  };
}

const addressFlags: ReadonlySet<string> = new Set([
  '--health-addr',
  '--metrics-addr',
  '--events-addr',
  '--storage-addr',
  '--storage-adv-addr',
  '--storage-path',
  '--receiverAddr',
]);

function flagOf(argument: string): string {
  return argument.split('=', 1)[0] ?? argument;
}

function localAddresses(name: string, sendsEvents: boolean, place: NodePlace): readonly string[] {
  const { ports } = place;
  const all = [`--health-addr=127.0.0.1:${ports.health}`, `--metrics-addr=127.0.0.1:${ports.metrics}`];
  if (name === 'notification-controller') {
    return [...all, `--events-addr=127.0.0.1:${place.eventsPort}`, `--receiverAddr=127.0.0.1:${ports.receiver}`];
  }
  // Flux names an events address only where notification-controller is installed too. Without a listener there, each
  // reconciliation would wait some 16 s for it.
  const events = sendsEvents ? [`--events-addr=http://127.0.0.1:${place.eventsPort}/`] : [];
  if (name !== 'source-controller') return [...all, ...events];
  const storage = `127.0.0.1:${ports.storage}`;
  return [
    ...all,
    ...events,
    `--storage-path=${join(place.controllerDirectory, 'storage')}`,
    `--storage-addr=${storage}`,
    `--storage-adv-addr=${storage}`,
  ];
}

function containerEnvironment(deployment: Deployment, place: NodePlace): Record<string, string> {
  const [manager] = deployment.spec.template.spec.containers;
  const env: Record<string, string> = {};
  for (const variable of manager.env) {
    const value = variable.value ?? referencedValue(variable.valueFrom, deployment);
    // `/tmp` is a volume of the pod.
    const temporary = `${join(place.controllerDirectory, 'tmp')}/`;
    if (value !== undefined) env[variable.name] = value.replace(/^\/tmp\//, temporary);
  }
  return env;
}

function referencedValue(
  source: z.infer<typeof environmentVariable>['valueFrom'],
  deployment: Deployment,
): string | undefined {
  if (source?.fieldRef?.fieldPath === 'metadata.namespace') return deployment.metadata.namespace;
  const limits = deployment.spec.template.spec.containers[0].resources?.limits ?? {};
  switch (source?.resourceFieldRef?.resource) {
    case 'limits.cpu':
      return limits['cpu'] === undefined ? undefined : String(wholeCores(limits['cpu']));
    case 'limits.memory':
      return limits['memory'] === undefined ? undefined : String(bytes(limits['memory']));
    default:
      return undefined;
  }
}

/** The kubelet rounds up to whole cores. */
function wholeCores(quantity: string): number {
  return Math.ceil(quantity.endsWith('m') ? Number(quantity.slice(0, -1)) / 1000 : Number(quantity));
}

function bytes(quantity: string): number {
  const [, amount, unit] = /^(\d+)(Ki|Mi|Gi)?$/.exec(quantity) ?? [];
  if (amount === undefined) throw new Error(`a memory limit that the rig does not understand: ${quantity}`);
  const factors: Readonly<Record<string, number>> = { Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 };
  return Number(amount) * (unit === undefined ? 1 : (factors[unit] ?? 1));
}

/** The Deployment's own readiness probe, where it asks another port than the one of `/readyz`. */
function probeUrl(deployment: Deployment, ports: ControllerPorts): readonly string[] {
  const probe = deployment.spec.template.spec.containers[0].readinessProbe?.httpGet;
  return probe?.port === 'http' && controllerName(deployment) === 'source-controller'
    ? [`http://127.0.0.1:${ports.storage}${probe.path}`]
    : [];
}
