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

const startingProbeMilliseconds = 50;
const runningProbeMilliseconds = 1000;
/** Long enough that whoever looks each second sees the controller gone. */
const restartPauseMilliseconds = 2000;
const reportRetryMilliseconds = 500;
const stopGraceMilliseconds = 10_000;

interface Report {
  readonly uid: string;
  readonly text: string;
  readonly status: DeploymentStatus;
}

interface Run {
  readonly child: ChildProcess;
  readonly template: string;
  readonly command: ControllerCommand;
  readonly ended: AbortController;
}

export class ControllerProcess {
  private readonly options: ControllerProcessOptions;
  private deployment: Deployment | undefined;
  private run: Run | undefined;
  private isRunReady = false;
  /** The template that was ready last. */
  private readyTemplate: string | undefined;
  private obstacle: string | undefined;
  private lastReport: Report | undefined;
  private queue = Promise.resolve();

  constructor(options: ControllerProcessOptions) {
    this.options = options;
  }

  /** Undefined while no process runs. */
  get pid(): number | undefined {
    return this.run?.child.pid;
  }

  get isReady(): boolean {
    return this.isRunReady;
  }

  /** Makes it so; `undefined` ends the process. Calls are carried out one after the other. */
  set(wanted: Deployment | undefined): Promise<void> {
    return this.inTurn(async () => {
      // A new object begins with empty volumes, as a new pod does.
      if (wanted?.metadata.uid !== this.deployment?.metadata.uid) {
        await this.stop();
        await renewVolumes(this.options.place.controllerDirectory);
      }
      this.deployment = wanted;
      await this.converge();
    });
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    this.queue = this.queue
      .then(work)
      .catch((error: unknown) => console.error(`${this.options.logFile}: ${String(error)}`));
    return this.queue;
  }

  private async converge(): Promise<void> {
    const { deployment } = this;
    const isWanted = deployment?.metadata.deletionTimestamp === undefined && (deployment?.spec.replicas ?? 0) > 0;
    const wanted = isWanted ? deployment : undefined;
    if (this.run !== undefined && (wanted === undefined || this.run.template !== templateOf(wanted))) await this.stop();
    if (this.run === undefined && wanted !== undefined) await this.start(wanted);
    await this.report();
  }

  private async start(wanted: Deployment): Promise<void> {
    const { logFile, place } = this.options;
    const command = controllerCommand(wanted, place);
    this.obstacle = await access(command.binary).then(
      () => undefined,
      () => `This node has no image ${wanted.spec.template.spec.containers[0].image}.`,
    );
    if (this.obstacle !== undefined) return;
    const [program, ...args] = command.commandLine;
    const child = spawnPart({ command: program, args, env: command.env, logFile });
    const run: Run = { child, template: templateOf(wanted), command, ended: new AbortController() };
    this.run = run;
    this.isRunReady = false;
    child.once('exit', () => void this.inTurn(() => this.onExit(run)));
    void this.probe(run);
  }

  private async stop(): Promise<void> {
    if (this.run === undefined) return;
    const { child, ended } = this.run;
    ended.abort();
    this.run = undefined;
    this.isRunReady = false;
    // SIGTERM, so that the controller gives its lease back: its successor would wait 35 s for a stale one.
    await endProcess(child, stopGraceMilliseconds);
  }

  /** The process ended without having been asked to. */
  private async onExit(run: Run): Promise<void> {
    run.ended.abort();
    if (this.run !== run) return;
    this.run = undefined;
    this.isRunReady = false;
    setTimeout(() => void this.inTurn(() => this.converge()), restartPauseMilliseconds);
    await this.report();
  }

  private async probe(run: Run): Promise<void> {
    const { signal } = run.ended;
    while (!signal.aborted) {
      const answer = await answersAll(run.command.readinessUrls);
      if (answer !== this.isRunReady) await this.inTurn(() => this.onProbed(run, answer));
      await delay(this.isRunReady ? runningProbeMilliseconds : startingProbeMilliseconds);
    }
  }

  private async onProbed(run: Run, isReady: boolean): Promise<void> {
    if (this.run !== run) return;
    this.isRunReady = isReady;
    if (isReady) this.readyTemplate = run.template;
    await this.report();
  }

  private async report(): Promise<void> {
    const { deployment, lastReport } = this;
    if (deployment === undefined) return;
    const { uid, generation } = deployment.metadata;
    const previous = lastReport?.uid === uid ? lastReport : undefined;
    const facts = {
      generation,
      replicas: deployment.spec.replicas,
      isRunning: this.run !== undefined,
      isReady: this.isRunReady,
      wasReady: this.readyTemplate === templateOf(deployment),
      obstacle: this.obstacle,
    };
    const status = deploymentStatus(facts, previous?.status, new Date().toISOString().replace(/\.\d+Z$/, 'Z'));
    const text = JSON.stringify(status);
    // A report is repeated only where somebody else took it away.
    if (previous?.text === text && deployment.status?.observedGeneration !== undefined) return;
    try {
      await this.options.report(deployment, status);
      this.lastReport = { uid, text, status };
    } catch (error) {
      console.error(`status of ${deployment.metadata.name}: ${String(error)}`);
      setTimeout(() => void this.inTurn(() => this.report()), reportRetryMilliseconds);
    }
  }
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
