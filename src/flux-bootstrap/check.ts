import type { OutsideCallError } from '../errors.ts';
import { refusalOf } from '../operations/operation-failures.ts';
import type { FailureCode, Refusal } from '../operations/operation-failures.ts';

/** One thing that must be so before an operation may change anything, and how it is. */
export interface Check {
  readonly name: string;
  readonly result: 'PASS' | 'WARN' | 'FAIL' | 'UNKNOWN';
  readonly detail: string;
  readonly remedy?: string | undefined;
  /** Of a check that fails: what the operation would fail with. */
  readonly code?: FailureCode | undefined;
}

export function pass(name: string, detail: string): Check {
  return { name, result: 'PASS', detail };
}

/** It is not as it should be, but nothing that a bootstrap must refuse. */
export function warn(name: string, detail: string): Check {
  return { name, result: 'WARN', detail };
}

export function fail(
  name: string,
  code: FailureCode,
  said: { readonly detail: string; readonly remedy: string },
): Check {
  return { name, result: 'FAIL', ...said, code };
}

/** A check that cannot be made without another one that failed. */
export function unknown(name: string, because: string): Check {
  return { name, result: 'UNKNOWN', detail: `Not checked: ${because}.` };
}

/** A check that fails with what an operation would be refused with. */
export function refused(name: string, { code, detail, remedies }: Refusal): Check {
  return { name, result: 'FAIL', detail, remedy: remedies.join(' '), code };
}

/** A refusal would stop the operation as well; what may have passed by then leaves the check unknown. */
export function failedCheck(name: string, error: OutsideCallError): Check {
  const check = refused(name, refusalOf(error));
  if (!error.retryable) return check;
  const { detail, remedy } = check;
  return { name, result: 'UNKNOWN', detail, remedy };
}

/** The first check that fails, as the refusal of the operation; all others that fail add their remedies. */
export function refusalOfChecks(checks: readonly Check[]): Refusal | undefined {
  const failed = checks.filter((check) => check.result === 'FAIL');
  const first = failed[0];
  if (!first) return undefined;
  return {
    code: first.code ?? 'internal-error',
    detail: failed.map((check) => check.detail).join(' '),
    remedies: failed.flatMap((check) => (check.remedy ? [check.remedy] : [])),
  };
}
