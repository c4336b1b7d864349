/** A cluster, the operations on it, an engine that works, dies or loses starts, and time that passes. */
import { expect } from 'vitest';
import { createBootstrapSteps } from '../../src/flux-bootstrap/bootstrap-cluster.steps.ts';
import { draftBootstrap } from '../../src/flux-bootstrap/bootstrap.service.ts';
import { isTerminal } from '../../src/operations/operation.ts';
import type { BootstrapOperation, Operation, OperationState } from '../../src/operations/operation.ts';
import { sweepOperations } from '../../src/operations/sweep-operations.ts';
import type { MemoryTable } from './memory-table.ts';
import { caller, clusterPath, clusterSpec, customerSpec, makeFleet } from './fleet.ts';
import type { Fleet } from './fleet.ts';
import { mortalProcess } from './mortal-process.ts';
import type { MortalProcess } from './mortal-process.ts';
import { operationInState } from './operations.ts';
import { shownEvents } from './shown-events.ts';

export const engineMoods = ['works', 'dies', 'loses starts'] as const;
/** `dies`: each execution ends in its first step, after the effect. `loses starts`: answers that it started, and did not. */
export type EngineMood = (typeof engineMoods)[number];

export interface WorldView {
  readonly operations: readonly Operation[];
  /** Ids of those that the sweeper still looks at. */
  readonly open: readonly string[];
  readonly claimedBy: string | undefined;
}

export interface OperationWorld {
  readonly fleet: Fleet;
  readonly process: MortalProcess;
  look(): Promise<WorldView>;
  /** Another operation that holds the cluster, `op-holder`; the engine does not run it. */
  putHolder(state: OperationState, fields?: Partial<BootstrapOperation>): Promise<void>;
  /** What a bootstrap with no body wants. */
  desiredHash(): Promise<string>;
  /** Begins what was started and lets it end, each execution once, as the engine's mood is. */
  runEngine(): Promise<void>;
  /** Time passes: three sweeps within a quarter of an hour, the engine at work between them; `between` after the first. */
  pass(between?: () => Promise<void>): Promise<void>;
  sweep(): ReturnType<typeof sweepOperations>;
  /** As a step of that operation does. */
  touch(by: string): Promise<void>;
  /** What was done to the cluster: by whom, and who held it then. */
  readonly effects: readonly { readonly by: string; readonly holder: string | undefined }[];
}

export async function operationWorld(table: MemoryTable, mood: EngineMood = 'works'): Promise<OperationWorld> {
  const fleet = makeFleet(table);
  await seed(fleet);
  const process = mortalProcess(fleet);
  const effects: { by: string; holder: string | undefined }[] = [];
  const executed = new Set<string>();
  const claimedBy = async () => (await fleet.registry.getRuntime('acme', 'production'))?.claimedBy;
  const touch = async (by: string) => void effects.push({ by, holder: await claimedBy() });
  const ended = new Map<string, Operation>();
  const sweep = () => sweepOperations(fleet.deps);

  async function look(): Promise<WorldView> {
    const items = table.allItems();
    const kept = items.filter(({ sk }) => sk === 'OPERATION');
    const operations = kept.map(operationOf);
    expectTerminalToStay(operations, ended);
    const claimed = items.find(({ sk }) => sk === 'RUNTIME#production')?.['claimedBy'];
    return {
      operations,
      open: kept.flatMap(({ id, open }) => (open === undefined ? [] : [String(id)])),
      claimedBy: typeof claimed === 'string' ? claimed : undefined,
    };
  }

  async function runEngine() {
    for (const id of fleet.engine.started) {
      if (executed.has(id)) continue;
      if (mood === 'loses starts') {
        fleet.engine.started.delete(id);
        continue;
      }
      executed.add(id);
      fleet.engine.states.set(
        id,
        (await execute(fleet, { id, touch, dies: mood === 'dies' })) ? 'succeeded' : 'failed',
      );
    }
  }

  return {
    ...{ fleet, process, look, effects, touch, runEngine, sweep },
    putHolder: (state, fields) => putHolder(fleet, state, fields),
    desiredHash: async () => wishOf(fleet),
    async pass(between) {
      for (const [index, seconds] of [6, 300, 300, 60].entries()) {
        await runEngine();
        fleet.clock.advance(seconds * 1000);
        await sweep();
        if (index > 0) continue;
        await look();
        await between?.();
      }
      await runEngine();
    },
  };
}

function operationOf({ open: _open, ...item }: Readonly<Record<string, unknown>>): Operation {
  return item as Readonly<Record<string, unknown>> & Operation;
}

/** As `register` would leave them, in fewer calls. */
async function seed(fleet: Fleet): Promise<void> {
  const at = fleet.clock.now().toISOString();
  const common = { version: 1, createdAt: at, updatedAt: at };
  await fleet.registry.putCustomer({ id: 'acme', spec: customerSpec, externalId: 'ID', ...common }, `${at}_seed-1`);
  await fleet.registry.createRuntime('acme', 'production', 0);
  const cluster = { customer: 'acme', id: 'production', spec: clusterSpec, ...common };
  await fleet.registry.putCluster(cluster, `${at}_seed-2`);
}

async function wishOf(fleet: Fleet): Promise<string> {
  const { customer, cluster } = await fleet.registry.read({ customer: 'acme', cluster: 'production' });
  if (!customer.record || !cluster.record) throw new Error('the cluster is gone');
  const view = { customer: customer.record, record: cluster.record };
  const request = { allowPrune: false, replace: false, actor: { caller } };
  return draftBootstrap(fleet.deps, view, request).desiredHash;
}

async function putHolder(fleet: Fleet, state: OperationState, fields: Partial<BootstrapOperation> = {}): Promise<void> {
  const at = fleet.clock.now().toISOString();
  const times = { createdAt: at, startedAt: at, heartbeatAt: at, ...(isTerminal(state) ? { endedAt: at } : {}) };
  const holder = operationInState(state, { id: 'op-holder', ...times, ...fields });
  await fleet.operations.putIfAbsent(holder);
  await fleet.registry.claim({ customer: 'acme', cluster: 'production', operationId: holder.id });
}

/** A short execution with the real beginning and end around one effect. `false`: it died after the effect. */
async function execute(
  fleet: Fleet,
  { id, touch, dies }: { readonly id: string; readonly touch: (by: string) => Promise<void>; readonly dies: boolean },
): Promise<boolean> {
  const steps = createBootstrapSteps(fleet.deps);
  if ((await steps.begin(id)).kind === 'stopped') return true;
  const at = fleet.clock.now().toISOString();
  const step = { name: 'preflight', attempt: 1, at };
  const begun = await fleet.operations.beginStep(id, step);
  if (begun.kind === 'made') {
    await touch(id);
    if (dies) return false;
    await fleet.operations.saveStep(id, step.name, { state: 'SUCCEEDED', attempt: 1, at, evidence: { checks: [] } });
  }
  await steps.end(id, { kind: begun.kind === 'made' ? 'succeeded' : 'stopped' });
  return true;
}

function expectTerminalToStay(operations: readonly Operation[], ended: Map<string, Operation>): void {
  for (const operation of operations) {
    const before = ended.get(operation.id);
    if (before) expect(operation, 'an operation that has ended').toEqual(before);
    if (isTerminal(operation.state)) ended.set(operation.id, operation);
  }
}

/** What must be true of the world once nothing is left to do; answers with all operations. */
export async function expectRest(world: OperationWorld): Promise<readonly Operation[]> {
  const { operations, open, claimedBy } = await world.look();
  for (const { id, state } of operations) expect(isTerminal(state), `${id} is ${state}`).toBe(true);
  expect(claimedBy, 'the claim').toBeUndefined();
  expect(open, 'open operations').toEqual([]);
  for (const { by, holder } of world.effects) expect(holder, 'who holds the cluster that is changed').toBe(by);
  const idle = new Set(operations.flatMap(({ id, state }) => (state === 'REJECTED' ? [id] : [])));
  expect(world.effects.filter(({ by }) => idle.has(by))).toEqual([]);
  await expectItsEvents(world, operations);
  return operations;
}

/** Each operation's events, worked out from what became of it, and no others. */
async function expectItsEvents(world: OperationWorld, operations: readonly Operation[]): Promise<void> {
  const shown = await shownEvents(world.fleet);
  const told = shown.filter(({ type }) => type.startsWith('operation.'));
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  for (const { id, state, cancelRequest } of operations) {
    const types = told.filter(({ resource }) => resource.endsWith(`/${id}`)).map(({ type }) => type);
    const cancel = cancelRequest ? ['operation.cancel-requested'] : [];
    const expected = state === 'REJECTED' ? [] : ['operation.accepted', ...cancel, 'operation.ended'];
    expect(types, `events of ${id}, which is ${state}`).toEqual(expected);
  }
  const known = new Set(operations.map(({ id }) => `/v1/customers/acme/operations/${id}`));
  expect(told.filter(({ resource }) => !known.has(resource))).toEqual([]);
}

export const bootstrapPath = `${clusterPath}/bootstrap`;
