import { expect } from 'vitest';
import { OutsideCallError } from '../../src/errors.ts';

/** How the call failed; the test fails when it did not, or with something else than an `OutsideCallError`. */
export async function failureOf(call: Promise<unknown>): Promise<OutsideCallError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OutsideCallError);
  return error as OutsideCallError;
}
