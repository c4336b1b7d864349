/** One Deployment on the node: its process, and what is reported of it. */
import type { ChildProcess } from 'node:child_process';
import { access, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ControllerCommand, type Deployment, type NodePlace, controllerCommand } from './controller-command.ts';
import { type DeploymentStatus, deploymentStatus } from './deployment-status.ts';
import { endProcess, spawnPart } from './process.ts';

export interface ControllerProcessOptions {
  readonly place: NodePlace;
  readonly logFile: string;
  readonly report: (deployment: Deployment, status: DeploymentStatus) => Promise<void>;
}

export interface ControllerProcess {
  /** Makes it so; `undefined` ends the process. Calls are carried out one after the other. */
  set(deployment: Deployment | undefined): Promise<void>;
  /** Undefined while no process runs. */
  pid(): number | undefined;
  isReady(): boolean;
}

const startingProbeMilliseconds = 50;
const runningProbeMilliseconds = 1000;
/** Long enough that whoever looks each second sees the controller gone. */
const restartPauseMilliseconds = 2000;
const stopGraceMilliseconds = 10_000;

interface Run {
  readonly child: ChildProcess;
  readonly template: string;
  readonly command: ControllerCommand;
  readonly ended: AbortController;
}

export function createControllerProcess(options: ControllerProcessOptions): ControllerProcess {
  let deployment: Deployment | undefined;
  let run: Run | undefined;
  let isReady = false;
  let readyTemplate: string | undefined;
  let obstacle: string | undefined;
  let lastReport: { readonly uid: string; readonly text: string; readonly status: DeploymentStatus } | undefined;
  let queue = Promise.resolve();

  function inTurn(work: () => Promise<void>): Promise<void> {
    queue = queue.then(work).catch((error: unknown) => console.error(`${options.logFile}: ${String(error)}`));
    return queue;
  }

  async function report(): Promise<void> {
    if (deployment === undefined) return;
    const facts = {
      generation: deployment.metadata.generation,
      replicas: deployment.spec.replicas,
      isRunning: run !== undefined,
      isReady,
      wasReady: readyTemplate === templateOf(deployment),
      obstacle,
    };
    const previous = lastReport?.uid === deployment.metadata.uid ? lastReport : undefined;
    const status = deploymentStatus(facts, previous?.status, new Date().toISOString().replace(/\.\d+Z$/, 'Z'));
    const text = JSON.stringify(status);
    // A report is repeated only where somebody else took it away.
    if (previous?.text === text && deployment.status?.observedGeneration !== undefined) return;
    await options.report(deployment, status);
    lastReport = { uid: deployment.metadata.uid, text, status };
  }

  async function stop(): Promise<void> {
    if (run === undefined) return;
    const { child, ended } = run;
    ended.abort();
    run = undefined;
    isReady = false;
    // SIGTERM, so that the controller gives its lease back: its successor would wait 35 s for a stale one.
    await endProcess(child, stopGraceMilliseconds);
  }

  async function start(wanted: Deployment): Promise<void> {
    const command = controllerCommand(wanted, options.place);
    obstacle = await access(command.binary).then(
      () => undefined,
      () => `This node has no image ${wanted.spec.template.spec.containers[0].image}.`,
    );
    if (obstacle !== undefined) return;
    const [program, ...args] = command.commandLine;
    const child = spawnPart({ command: program, args, env: command.env, logFile: options.logFile });
    const started: Run = { child, template: templateOf(wanted), command, ended: new AbortController() };
    run = started;
    isReady = false;
    child.once('exit', () => void inTurn(() => onExit(started)));
    void probe(started);
  }

  async function onExit(ended: Run): Promise<void> {
    ended.ended.abort();
    if (run !== ended) return;
    run = undefined;
    isReady = false;
    await report();
    setTimeout(() => void inTurn(converge), restartPauseMilliseconds);
  }

  async function probe(probed: Run): Promise<void> {
    const { signal } = probed.ended;
    while (!signal.aborted) {
      const answer = await answersAll(probed.command.readinessUrls);
      if (answer !== isReady && !signal.aborted) {
        await inTurn(async () => {
          if (run !== probed || signal.aborted) return;
          isReady = answer;
          if (answer) readyTemplate = probed.template;
          await report();
        });
      }
      await delay(isReady ? runningProbeMilliseconds : startingProbeMilliseconds);
    }
  }

  async function converge(): Promise<void> {
    const wanted = deployment?.metadata.deletionTimestamp === undefined ? deployment : undefined;
    const template = wanted && wanted.spec.replicas > 0 ? templateOf(wanted) : undefined;
    if (run !== undefined && run.template !== template) await stop();
    if (run === undefined && template !== undefined && wanted !== undefined) await start(wanted);
    await report();
  }

  return {
    set(wanted) {
      return inTurn(async () => {
        // A new object begins with empty volumes, as a new pod does.
        if (wanted?.metadata.uid !== deployment?.metadata.uid) {
          await stop();
          await renewVolumes(options.place.controllerDirectory);
        }
        deployment = wanted;
        await converge();
      });
    },
    pid: () => run?.child.pid,
    isReady: () => isReady,
  };
}

function templateOf(deployment: Deployment): string {
  return JSON.stringify(deployment.spec.template);
}

async function renewVolumes(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await Promise.all(['storage', 'tmp', 'home'].map((name) => mkdir(join(directory, name), { recursive: true })));
}

async function answersAll(urls: readonly string[]): Promise<boolean> {
  const answers = await Promise.all(urls.map((url) => answersWell(url)));
  return answers.every(Boolean);
}

async function answersWell(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(1000) });
    await answer.arrayBuffer();
    return answer.status >= 200 && answer.status < 400;
  } catch {
    return false;
  }
}
