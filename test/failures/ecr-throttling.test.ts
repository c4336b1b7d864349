/** STS, ECR and DynamoDB turn 30 % of all requests away for ten minutes, while grants are asked for. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Fault, faultBody } from '../../sandbox/simulators/faults.ts';
import { runThrottled, type ThrottlingReport } from './ecr-throttling-run.ts';

function turnedAway(action: string, code: string): Fault {
  const error = { status: 400, code, message: 'Rate exceeded' };
  return faultBody.parse({ action, times: 1_000_000, share: 0.3, error });
}

const storm = [
  turnedAway('sts:AssumeRole', 'Throttling'),
  turnedAway('ecr:*', 'ThrottlingException'),
  turnedAway('dynamodb:*', 'ThrottlingException'),
];
const stormSeconds = 600;
/** The longest wait between two visits of a step. */
const backoffCapSeconds = 30;

const begins = [
  ...Array.from({ length: 19 }, (_, index) => index * 30),
  // Those are under way when it ends.
  ...[596, 598],
  // By then nothing of it is left.
  ...[stormSeconds + backoffCapSeconds + 10, stormSeconds + backoffCapSeconds + 40],
];

let calm: ThrottlingReport;
let stormy: ThrottlingReport;

beforeAll(async () => {
  calm = await runThrottled({ begins, faults: [], stormSeconds: 0, seconds: 900 });
  stormy = await runThrottled({ begins, faults: storm, stormSeconds, seconds: 900 });
}, 120_000);

describe('a storm of throttling while grants are asked for', () => {
  it('lets all of them be applied', () => {
    const all = begins.map(() => 'SUCCEEDED');

    expect(calm.operations.map(({ state }) => state)).toEqual(all);
    expect(stormy.operations.map(({ state }) => state)).toEqual(all);
  });

  it('costs half as many requests again at most', () => {
    expect(stormy.requests / calm.requests).toBeGreaterThan(1.2);
    expect(stormy.requests / calm.requests).toBeLessThanOrEqual(1.5);
  });

  it('is over within one wait, and nothing has piled up', () => {
    const lasted = ({ begun, ended }: { readonly begun: number; readonly ended: number }) => ended - begun;
    const calmSeconds = Math.max(...calm.operations.map(lasted));
    const open = stormy.operations.filter(({ begun, ended }) => begun < stormSeconds && ended > stormSeconds);
    expect(open.length).toBeGreaterThan(0);
    for (const { ended } of open) expect(ended).toBeLessThanOrEqual(stormSeconds + backoffCapSeconds + calmSeconds);

    const later = stormy.operations.filter(({ begun }) => begun > stormSeconds + backoffCapSeconds);
    expect(later).toHaveLength(2);
    for (const one of later) expect(lasted(one)).toBeLessThanOrEqual(calmSeconds);
  });
});
