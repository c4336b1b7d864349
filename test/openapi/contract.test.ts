import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/errors.ts';
import { answerBodies, requestBodies } from '../../src/openapi/answers.ts';
import { contractFiles, describedRoutes } from '../../src/openapi/contract-files.ts';
import { createContract } from '../../src/openapi/document.ts';
import { answerExamples, requestExamples } from '../../src/openapi/examples.ts';
import { problemExample, problemSchema } from '../../src/openapi/problem-document.ts';

interface Contract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

interface Described {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly examples?: object }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

const routes = describedRoutes();
const contract = (await createContract(routes)) as Contract;
const operations = Object.values(contract.paths).flatMap((methods) => Object.values(methods));

describe('the contract', () => {
  it('is kept as the routes say it: `npm run openapi` would change nothing', async () => {
    for (const { path, content } of await contractFiles()) {
      expect((await readFile(path, 'utf8')) === content, `${path} is stale: run npm run openapi`).toBe(true);
    }
  });

  it('describes every route once', () => {
    const described = operations.map(({ operationId }) => operationId);

    expect(described.toSorted()).toEqual(routes.map(({ spec }) => spec.operationId).toSorted());
    expect(new Set(described).size).toBe(described.length);
  });

  it('says of every operation what it does, in a sentence', () => {
    for (const { operationId, summary, description } of operations) {
      expect(summary, operationId).toMatch(/^[A-Z][^.]{5,60}$/);
      expect(description, operationId).toMatch(/^[A-Z].{20,}[.`]$/s);
    }
  });

  it('has an example for every body of a request', () => {
    for (const { operationId, requestBody } of operations) {
      if (requestBody === undefined) continue;
      expect(Object.keys(requestBody.content['application/json']?.examples ?? {}), operationId).not.toEqual([]);
    }
  });
});

describe('an example', () => {
  it.each(Object.entries(requestBodies))('of the body %s is one', (name, schema) => {
    expect(schema.safeParse(requestExamples[name]).error).toBeUndefined();
  });

  it.each(Object.entries(answerBodies))('of the answer %s is one', (name, schema) => {
    expect(schema.safeParse(answerExamples[name]).error).toBeUndefined();
  });

  it.each(Object.keys(errorCodes) as (keyof typeof errorCodes)[])('of the problem %s is one', (code) => {
    const { value } = problemExample(code);

    expect(problemSchema.safeParse(value).error).toBeUndefined();
    expect(value).toMatchObject({ status: errorCodes[code].status, code });
  });
});

describe('the page of errors', () => {
  it('has every code, with what to do', async () => {
    const page = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');

    const rows = Object.keys(errorCodes).map((code) => new RegExp(`^\\| \`${code}\` \\|.*\\| .{10,} \\|$`, 'm'));
    for (const row of rows) expect(page).toMatch(row);
  });
});
