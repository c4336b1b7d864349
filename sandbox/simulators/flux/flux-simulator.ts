import type { Fault, Faulty } from '../faults.ts';
import { takeFault } from '../faults.ts';
import type { KubernetesEvent, KubernetesWorld } from '../kubernetes/kubernetes-world.ts';
import type { Controller, Next, Struck, Surroundings } from './controller.ts';
import { createDeploymentController, deploymentKind, type NodeOptions } from './deployment-controller.ts';
import type { GitServer } from './git-server.ts';
import { createKustomizeController } from './kustomize-controller.ts';
import { type Artifacts, createSourceController } from './source-controller.ts';
import { conditionsOf } from './status-draft.ts';
import { createWorkQueue, type WorkQueue } from './work-queue.ts';

export interface FluxSimulatorOptions {
  readonly world: KubernetesWorld;
  readonly git: GitServer;
  readonly now?: () => Date;
  /** Calls `run` once after so many milliseconds; the answer cancels it. Without it only `settle` makes anything happen. */
  readonly schedule?: (delayMs: number, run: () => void) => () => void;
  /** From an event to the look at it, and from a pod's creation to its being ready. */
  readonly latencyMs?: number;
  /** Images that no container starts from, by name, with or without the registry. */
  readonly brokenImages?: ReadonlySet<string>;
  /** Where Flux runs. */
  readonly namespace?: string;
}

/** What runs inside a cluster, as far as a bootstrap needs it: nodes, and Flux's source- and kustomize-controller. */
export interface FluxSimulator extends Faulty {
  /** `flux:fetch` strikes what source-controller asks of the Git server, `flux:apply` what kustomize-controller applies. */
  faults: Fault[];
  /** Does at once all that has been caused and all that is due by now; what waits for a later time goes on waiting. */
  settle(): void;
  /** Ends the containers of a Deployment, and keeps them from starting again. */
  stopController(name: string): void;
  startController(name: string): void;
  /** Nothing happens any more. */
  stop(): void;
}

/** `--min-retry-delay` and `--max-retry-delay` (fluxcd/pkg `runtime/controller/rate_limiter.go`). */
const shortestRetryMs = 750;
const longestRetryMs = 900_000;

export function createFluxSimulator(options: FluxSimulatorOptions): FluxSimulator {
  const { world, now = () => new Date(), schedule = () => () => undefined, latencyMs = 0 } = options;
  const namespace = options.namespace ?? 'flux-system';
  const faulty: Faulty = { faults: [] };
  const stopped = new Set<string>();
  const controllers = createControllers(options, {
    surroundings: { world, now, fault: (action) => strike(faulty, action) },
    isStopped: (name) => stopped.has(name),
    startMs: latencyMs,
  });
  const delayOf = createDelays();
  const queue = createWorkQueue({ now, schedule, latencyMs, work });
  const supervisor = createSupervisor(controllers, queue);

  function work(id: string): void {
    const [name = '', key = ''] = id.split(' ');
    if (!supervisor.isRunning(name)) return;
    const afterMs = delayOf(id, controllers.get(name)?.reconcile(key) ?? { kind: 'rest' });
    if (afterMs !== undefined) queue.addAfter(id, afterMs);
  }

  function onEvent(event: KubernetesEvent): void {
    const { kind, metadata } = event.object;
    if (kind === deploymentKind.kind && metadata.namespace === namespace) supervisor.follow(event);
    for (const controller of controllers.values()) {
      for (const key of controller.toLookAt(event)) queue.add(`${controller.name} ${key}`);
    }
  }

  const unsubscribe = world.subscribe(onEvent);
  for (const object of world.list(deploymentKind)) onEvent({ type: 'MODIFIED', object });
  return Object.assign(faulty, {
    settle: () => queue.settle(),
    stopController(name: string) {
      stopped.add(name);
      queue.add(`node ${namespace}/${name}`);
    },
    startController(name: string) {
      stopped.delete(name);
      queue.add(`node ${namespace}/${name}`);
    },
    stop() {
      unsubscribe();
      queue.stop();
    },
  });
}

type Controllers = ReadonlyMap<string, Controller>;

function createControllers(
  { git, brokenImages = new Set() }: FluxSimulatorOptions,
  { surroundings, ...node }: { surroundings: Surroundings } & Pick<NodeOptions, 'isStopped' | 'startMs'>,
): Controllers {
  const artifacts: Artifacts = new Map();
  const all = [
    createDeploymentController({ ...surroundings, ...node, brokenImages }),
    createSourceController({ ...surroundings, git, artifacts }),
    createKustomizeController({ ...surroundings, artifacts }),
  ];
  return new Map(all.map((controller) => [controller.name, controller]));
}

interface Supervisor {
  isRunning(name: string): boolean;
  follow(event: KubernetesEvent): void;
}

/** A controller lives as long as its Deployment is available; when it starts it looks at everything. */
function createSupervisor(controllers: Controllers, queue: WorkQueue): Supervisor {
  const running = new Set<string>(['node']);
  return {
    isRunning: (name) => running.has(name),
    follow({ type, object }) {
      const { name } = object.metadata;
      const controller = controllers.get(name);
      if (!controller) return;
      const isAvailable =
        type !== 'DELETED' &&
        conditionsOf(object).some(({ type: said, status }) => said === 'Available' && status === 'True');
      if (type === 'DELETED') controller.forget();
      if (isAvailable === running.has(name)) return;
      if (isAvailable) {
        running.add(name);
        for (const key of controller.all()) queue.add(`${name} ${key}`);
      } else {
        running.delete(name);
        queue.forget((id) => id.startsWith(`${name} `));
      }
    },
  };
}

/** After how long the next look comes: later each time while it fails. */
function createDelays(): (id: string, next: Next) => number | undefined {
  const failures = new Map<string, number>();
  return (id, next) => {
    if (next.kind === 'retry') {
      const count = failures.get(id) ?? 0;
      failures.set(id, count + 1);
      return Math.min(longestRetryMs, shortestRetryMs * 2 ** count);
    }
    failures.delete(id);
    return next.kind === 'again' ? next.afterMs : undefined;
  };
}

function strike(faulty: Faulty, action: string): Struck | undefined {
  const fault = takeFault(faulty, action);
  return fault && { delayMs: fault.delayMilliseconds, when: fault.when, error: fault.error };
}
