import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { errorCodes } from '../../src/errors.ts';
import type { ErrorCode } from '../../src/errors.ts';
import type { RouteText } from '../../src/http/route.ts';
import { routeSpecs } from '../support/route-specs.ts';

const specs = routeSpecs();
const kebab = (operationId: string) => operationId.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** What every route may answer with, so that a folder may have a file of it; the rest of it is in every-route.test.ts. */
const common: readonly ErrorCode[] = ['invalid-request', 'service-unavailable'];

const fileOf = (code: ErrorCode) => `${errorCodes[code].status}-${code}`;

async function outcomesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(`${import.meta.dirname}/${folder}`);
  return names.map((name) => {
    expect(name).toMatch(/^\d{3}(-[a-z]+)*\.test\.ts$/);
    return name.slice(0, -'.test.ts'.length);
  });
}

/** A success may have several files, `200-same` beside `200-changed`; a problem has the one of its code. */
function isOf(spec: RouteText, outcome: string): boolean {
  const problems = [...spec.problems, ...common].map(fileOf);
  return problems.includes(outcome) || Object.keys(spec.answers).includes(outcome.slice(0, 3));
}

it.each(specs.map((spec) => [kebab(spec.operationId), spec] as const))(
  '%s has a file for each outcome of its route, and for no other',
  async (folder, spec) => {
    const files = await outcomesIn(folder);

    const successes = Object.keys(spec.answers).filter((status) => !files.some((file) => file.startsWith(status)));
    const problems = spec.problems.map(fileOf).filter((file) => !files.includes(file));
    expect([...successes, ...problems], 'outcomes without a file').toEqual([]);
    expect(
      files.filter((file) => !isOf(spec, file)),
      'files without an outcome',
    ).toEqual([]);
  },
);

it('has a folder for each route, and no other', async () => {
  const files = await readdir(import.meta.dirname, { recursive: true });

  const folders = new Set(files.filter((file) => file.endsWith('.ts')).map((file) => dirname(file)));
  folders.delete('.');
  expect([...folders].toSorted()).toEqual(specs.map(({ operationId }) => kebab(operationId)).toSorted());
});
