/** Every service turns 30 % of all requests away for ten minutes: all the same nobody has to call twice. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Fault, faultBody } from '../../sandbox/simulators/faults.ts';
import { runStorm, type StormReport, type TimedOperation } from './storm-run.ts';

const always = 1_000_000;

function turnedAway(action: string, share: number, error: object): Fault {
  return faultBody.parse({ action, times: always, share, error });
}

/** Of an API server that says when to come back, and of one that does not: 30 % together. */
const storm = [
  turnedAway('sts:AssumeRole', 0.3, { status: 400, code: 'Throttling', message: 'Rate exceeded' }),
  turnedAway('eks:*', 0.3, { status: 429, code: 'TooManyRequestsException', message: 'Rate exceeded' }),
  turnedAway('dynamodb:*', 0.3, { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' }),
  turnedAway('kubernetes:*', 0.15, { status: 429, code: 'TooManyRequests', retryAfterSeconds: 1 }),
  turnedAway('kubernetes:*', 0.15 / 0.85, { status: 429, code: 'TooManyRequests' }),
];
const stormSeconds = 600;
/** The longest wait between two attempts of a step (`retryStrategy`). */
const backoffCapSeconds = 30;

const begins = [
  ...Array.from({ length: 14 }, (_, index) => index * 40),
  // Those are under way when it ends.
  ...[592, 594, 596, 598],
  // By then nothing of it is left.
  ...[stormSeconds + backoffCapSeconds + 5, stormSeconds + backoffCapSeconds + 10],
];

let calm: StormReport;
let stormy: StormReport;

beforeAll(async () => {
  calm = await runStorm({ begins: [0, 10, 20], faults: [], stormSeconds: 0, seconds: 60 });
  stormy = await runStorm({ begins, faults: storm, stormSeconds, seconds: 1200 });
}, 120_000);

function lasted({ begun, ended }: TimedOperation): number {
  return Math.round((ended - begun) * 10) / 10;
}

function requestsEach({ requests, operations }: StormReport): number {
  return [...requests.values()].reduce((sum, count) => sum + count, 0) / operations.length;
}

describe('a storm of throttling', () => {
  it('lets all bootstraps succeed', () => {
    expect([...calm.operations, ...stormy.operations].map(({ state }) => state)).toEqual(
      Array.from({ length: 23 }, () => 'SUCCEEDED'),
    );
  });

  it('costs half as many requests again at most', () => {
    expect(requestsEach(stormy) / requestsEach(calm)).toBeLessThanOrEqual(1.5);
  });

  it('is over within one wait, and nothing has piled up', () => {
    const calmSeconds = Math.max(...calm.operations.map(lasted));
    const open = stormy.operations.filter(({ begun, ended }) => begun < stormSeconds && ended > stormSeconds);
    expect(open.length).toBeGreaterThanOrEqual(3);
    for (const { ended } of open) expect(ended).toBeLessThanOrEqual(stormSeconds + backoffCapSeconds + calmSeconds);

    const later = stormy.operations.filter(({ begun }) => begun > stormSeconds + backoffCapSeconds);
    expect(later.map(lasted)).toEqual([calmSeconds, calmSeconds]);
  });
});
