import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';

/**
 * What a simulator is told to do wrong, the same for all of them: an error before anything was done, an error or silence
 * after all was done (a lost answer), a delay, a throttle, an answer from before the last change.
 */
export const faultBody = z.strictObject({
  /** As the simulator names its calls: `sts:AssumeRole`; a `*` at the end stands for any rest. */
  action: z.string().min(1),
  /** Calls left that it strikes. */
  times: z.int().positive().default(1),
  /** Which part of the calls that it is about it strikes, by a chance that falls the same each time; all unless told. */
  share: z.number().positive().max(1).optional(),
  delayMilliseconds: z.int().nonnegative().default(0),
  /** `after`: the call has done all that it does, and its answer is what goes wrong. */
  when: z.enum(['before', 'after']).default('before'),
  /** What is answered instead; `reset` ends the connection without an answer. */
  error: z
    .union([
      z.literal('reset'),
      z.strictObject({
        /** Below 400: an answer that is called a success and is none. */
        status: z.int().min(200).max(599),
        code: z.string(),
        message: z.string().default('injected'),
        retryAfterSeconds: z.int().nonnegative().optional(),
      }),
    ])
    .optional(),
  /** A read is answered from before the last change, where the real service may do that. */
  isStale: z.boolean().default(false),
});

export type Fault = z.output<typeof faultBody>;
export type FaultError = Exclude<Fault['error'], 'reset' | undefined>;

/** No answer. A server closes the connection for it; to a caller in this process it is what `fetch` throws. */
export class ConnectionReset extends Error {
  override readonly name = 'ConnectionReset';
  readonly code = 'ECONNRESET';
}

/** Something that faults are set on; a strike uses up one of their times. */
export interface Faulty {
  faults: Fault[];
}

/**
 * Does a call with whatever fault is due for it. `perform` is told whether to answer from before the last change;
 * `refuse` makes the simulator's own answer, or error, of the fault's.
 */
export async function withFaults<T>(
  world: Faulty,
  action: string,
  { perform, refuse }: { perform: (isStale: boolean) => Promise<T>; refuse: (error: FaultError) => T },
): Promise<T> {
  const fault = takeFault(world, action);
  if (!fault) return perform(false);
  if (fault.delayMilliseconds > 0) await pause(fault.delayMilliseconds);
  const { error, when, isStale } = fault;
  if (error === undefined) return perform(isStale);
  if (when === 'after') await perform(isStale);
  if (error === 'reset') throw new ConnectionReset(`${action}: the connection was reset`);
  return refuse(error);
}

/** The fault that is due for a call, used up by this; for callers that can wait for nothing. */
export function takeFault(world: Faulty, action: string): Fault | undefined {
  const fault = world.faults.find((one) => isAbout(one, action) && falls(one));
  if (fault) {
    fault.times -= 1;
    world.faults = world.faults.filter(({ times }) => times > 0);
  }
  return fault;
}

function isAbout({ action: struck }: Fault, action: string): boolean {
  return struck.endsWith('*') ? action.startsWith(struck.slice(0, -1)) : action === struck;
}

/** How many calls each fault has been asked about. */
const asked = new WeakMap<Fault, number>();

function falls(fault: Fault): boolean {
  if (fault.share === undefined) return true;
  const count = (asked.get(fault) ?? 0) + 1;
  asked.set(fault, count);
  const chance = createHash('sha256').update(`${count} ${fault.action}`).digest().readUInt32BE() / 2 ** 32;
  return chance < fault.share;
}
